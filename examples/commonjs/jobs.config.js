module.exports = { app: "./app.js" };
