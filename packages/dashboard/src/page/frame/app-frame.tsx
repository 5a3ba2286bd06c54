// What is around every view: navigation, state of the connection, colours, notices.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { totalOf, useLive } from "../data/live.ts";
import { signOut } from "../data/request.ts";
import { countText } from "../parts/text-format.ts";
import { hrefs, Link, useAddress } from "./router.tsx";
import { ThemeSwitch } from "./theme-switch.tsx";

const VIEWS = [
  ["", "Overview"],
  ["jobs", "Jobs"],
  ["dead", "Dead letters"],
  ["workers", "Workers"],
  ["schedules", "Schedules"],
  ["signatures", "Signatures"],
  ["audit", "Audit log"],
] as const;

/** Which entry of the navigation a view belongs to. */
const OWNER: Readonly<Record<string, string>> = { queues: "", flows: "jobs" };

function Navigation() {
  const { overview } = useLive();
  const [first = ""] = useAddress().parts;
  const current = OWNER[first] ?? first;
  const dead = totalOf((overview?.queues ?? []).map((queue) => queue.dead.n)) ?? 0;
  return (
    <nav aria-label="Views" class="views">
      <ul>
        {VIEWS.map(([name, title]) => (
          <li key={name}>
            <Link href={hrefs.page(name)} isCurrent={current === name}>
              {title}
              {name === "dead" && dead > 0 && <span class="badge">{countText(dead)}</span>}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

const STATUS_TEXT = {
  connecting: "Connecting",
  live: "Live",
  lost: "Not connected",
  "signed-out": "Signed out",
} as const;

function Connection() {
  const { status, reconnect } = useLive();
  return (
    <div class="connection">
      <span class={`live-mark ${status}`} role="status">
        {STATUS_TEXT[status]}
      </span>
      {status === "lost" && (
        <button type="button" class="small" onClick={reconnect}>
          Reconnect
        </button>
      )}
    </div>
  );
}

function AppFacts() {
  const app = useLive().overview?.app;
  if (app === undefined) return null;
  const facts: readonly (readonly [string, string | null])[] = [
    ["Broker", app.broker.kind],
    ["Results", app.results ?? "not kept"],
    ["History", app.history ?? "not kept"],
    ["Release", app.release],
    ["You may", app.role === "act" ? "look and change" : "look"],
  ];
  return (
    <dl class="app-facts">
      {facts
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function SignOut() {
  const { reconnect } = useLive();
  const leave = () => signOut().then(reconnect, reconnect);
  return (
    <button type="button" class="small quiet" onClick={leave}>
      Sign out
    </button>
  );
}

/** The frame of all views. `hasTokens`: whether somebody had to sign in. */
export function AppFrame({ children, hasTokens }: { children: ComponentChildren; hasTokens: boolean }) {
  const { parts } = useAddress();
  const path = parts.join("/");
  const main = useRef<HTMLElement>(null);
  const shownPath = useRef(path);
  // Whoever follows a link by keyboard or screen reader goes on at the new view.
  useEffect(() => {
    if (shownPath.current !== path) main.current?.focus();
    shownPath.current = path;
  }, [path]);
  return (
    <div class="frame">
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="bar">
        <Link href={hrefs.overview()} class="brand">
          <span class="brand-mark" aria-hidden="true" />
          jobs
        </Link>
        <Navigation />
        <div class="bar-end">
          <Connection />
          <ThemeSwitch />
          {hasTokens && <SignOut />}
          <AppFacts />
        </div>
      </header>
      <main id="main" tabIndex={-1} ref={main}>
        {children}
      </main>
    </div>
  );
}
