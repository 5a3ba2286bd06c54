import { useEffect, useRef, useState } from "preact/hooks";
import { RequestError, signIn } from "../data/request.ts";

/** Asks for a token. It is exchanged for a cookie and not kept by the page. */
export function SignInPage({ onDone }: { onDone: () => void }) {
  const [error, setError] = useState<string>();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      await signIn(input.current?.value ?? "");
      onDone();
    } catch (reason) {
      if (!(reason instanceof RequestError)) throw reason;
      setError(reason.message);
      input.current?.select();
    }
  };
  document.title = "Sign in · jobs";
  return (
    <main class="sign-in">
      <form class="card" onSubmit={submit}>
        <span class="brand-mark" aria-hidden="true" />
        <h1>Sign in</h1>
        <p class="muted">This dashboard needs a token. Whoever started it has one.</p>
        <label>
          <span>Token</span>
          <input
            ref={input}
            type="password"
            name="token"
            autocomplete="current-password"
            required
            aria-invalid={error !== undefined}
            aria-describedby="sign-in-error"
          />
        </label>
        <p id="sign-in-error" class="bad" role="alert">
          {error}
        </p>
        <button type="submit" class="primary">
          Sign in
        </button>
      </form>
    </main>
  );
}
