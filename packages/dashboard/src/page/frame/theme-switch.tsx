import { useEffect, useState } from "preact/hooks";

const THEMES = ["system", "light", "dark"] as const;

type Theme = (typeof THEMES)[number];

/** Under which the browser remembers the choice. */
const KEY = "jobs-dashboard-theme";

/** Asks the browser for the choice. A browser that keeps nothing answers with the system's. */
function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === stored) ?? "system";
  } catch {
    return "system";
  }
}

function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // The choice then holds until the page is closed.
  }
  dispatchEvent(new Event("themechange"));
}

/** Chooses between dark, light and what the system says. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme);
  useEffect(() => applyTheme(theme), [theme]);
  return (
    <label class="theme-switch">
      <span class="hidden-text">Colours</span>
      <select value={theme} onChange={(event) => setTheme(event.currentTarget.value as Theme)}>
        <option value="system">System colours</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}
