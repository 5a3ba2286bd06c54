// esbuild makes a sheet of its own of what is imported so.
declare module "*.css";
