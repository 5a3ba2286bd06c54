import type { ShownError } from "../../api/api-types.ts";
import { Plain } from "./page-parts.tsx";
import { plainText } from "./text-format.ts";

/** A line of a stack that is not of the application: of Node or of an installed package. */
const FOREIGN = /node:|node_modules|<anonymous>|internal\//;

/** The frames of a stack, without the message before them. */
function framesOf(stack: string | null): readonly string[] {
  return (stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
}

/** An error: its message, the application's own frames, and all others on demand. */
export function ErrorReport({ error }: { error: ShownError }) {
  const frames = framesOf(error.stack);
  const own = frames.filter((frame) => !FOREIGN.test(frame));
  const foreign = frames.filter((frame) => FOREIGN.test(frame));
  return (
    <div class="error-report">
      <p class="error-message">
        <strong>
          <Plain text={error.name} />
        </strong>
        {": "}
        <Plain text={error.message} />
      </p>
      {own.length > 0 && <Frames frames={own} label="Frames of the application" />}
      {foreign.length > 0 && (
        <details>
          <summary>
            {foreign.length} {foreign.length === 1 ? "frame" : "frames"} of Node and packages
          </summary>
          <Frames frames={foreign} label="Frames of Node and packages" />
        </details>
      )}
    </div>
  );
}

function Frames({ frames, label }: { frames: readonly string[]; label: string }) {
  return <Code text={frames.map((frame) => frame.trim()).join("\n")} label={label} />;
}

/** Text with fixed width. It scrolls by itself. */
export function Code({ text, label }: { text: string; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section class="code" aria-label={label} tabIndex={0}>
      <pre>
        <code dir="ltr">{plainText(text)}</code>
      </pre>
    </section>
  );
}
