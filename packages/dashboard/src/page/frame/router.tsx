// Addresses of the page: each view has one, so that it can be linked and gone back to.
import type { ComponentChildren } from "preact";
import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { base } from "../data/request.ts";

/** Where the page is. */
export interface Address {
  /** Below the base path, decoded: `["queues", "mail"]`. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

const AddressContext = createContext<Address>({ parts: [], query: new URLSearchParams() });

/** Gives the address to the parts inside. */
export const AddressProvider = AddressContext.Provider;

/** Where the page is. */
export const useAddress = (): Address => useContext(AddressContext);

/** Follows the address, also when somebody goes back. For the outermost part alone. */
export function useHistory(): Address {
  const [address, setAddress] = useState(readAddress);
  useEffect(() => {
    const follow = () => setAddress(readAddress());
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, []);
  return address;
}

function readAddress(): Address {
  const path = location.pathname.slice(base.length);
  return {
    parts: path.split("/").filter(Boolean).map(decodePart),
    query: new URLSearchParams(location.search),
  };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Goes to another view, as a link does. */
export function goTo(href: string): void {
  history.pushState(null, "", href);
  dispatchEvent(new PopStateEvent("popstate"));
  scrollTo(0, 0);
}

/** Addresses of the views. Names and ids may contain anything. */
export const hrefs = {
  overview: () => `${base}/`,
  page: (name: string) => `${base}/${name}`,
  queue: (name: string, state?: string) =>
    `${base}/queues/${encodeURIComponent(name)}${state === undefined ? "" : `?state=${state}`}`,
  job: (id: string) => `${base}/jobs/${encodeURIComponent(id)}`,
  flow: (id: string) => `${base}/flows/${encodeURIComponent(id)}`,
  jobs: (query: Readonly<Record<string, string>>) => `${base}/jobs?${new URLSearchParams(query)}`,
  dead: (queue?: string) => `${base}/dead${queue === undefined ? "" : `?${new URLSearchParams({ queue })}`}`,
};

interface LinkProps {
  readonly href: string;
  readonly children: ComponentChildren;
  readonly class?: string;
  /** Whether it leads to the view that is shown. */
  readonly isCurrent?: boolean;
}

/** A link to another view, which does not load the page anew. */
export function Link({ href, children, class: className, isCurrent }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    goTo(href);
  };
  return (
    <a href={href} class={className} aria-current={isCurrent ? "page" : undefined} onClick={follow}>
      {children}
    </a>
  );
}
