// The page of the dashboard: one document whose views follow the address.
import { render } from "preact";
import { useRef } from "preact/hooks";
import { LiveProvider, useLiveConnection } from "./data/live.ts";
import { AppFrame } from "./frame/app-frame.tsx";
import { type Address, AddressProvider, hrefs, Link, useHistory } from "./frame/router.tsx";
import { AuditPage } from "./pages/audit-page.tsx";
import { DeadPage } from "./pages/dead-page.tsx";
import { FlowPage } from "./pages/flow-page.tsx";
import { JobPage } from "./pages/job-page.tsx";
import { JobsPage } from "./pages/jobs-page.tsx";
import { OverviewPage } from "./pages/overview-page.tsx";
import { QueuePage } from "./pages/queue-page.tsx";
import { SchedulesPage } from "./pages/schedules-page.tsx";
import { SignInPage } from "./pages/sign-in-page.tsx";
import { SignaturesPage } from "./pages/signatures-page.tsx";
import { WorkersPage } from "./pages/workers-page.tsx";
import { ActionsProvider } from "./parts/actions.tsx";
import { ViewTitle } from "./parts/page-parts.tsx";
import "./page.css";

/** Views with an address of one word. */
const VIEWS: Readonly<Record<string, () => preact.JSX.Element>> = {
  "": OverviewPage,
  jobs: JobsPage,
  dead: DeadPage,
  workers: WorkersPage,
  schedules: SchedulesPage,
  signatures: SignaturesPage,
  audit: AuditPage,
};

function View({ address: { parts } }: { address: Address }) {
  const [view = "", name, ...rest] = parts;
  if (name !== undefined && rest.length === 0) {
    if (view === "queues") return <QueuePage key={name} name={name} />;
    if (view === "jobs") return <JobPage key={name} id={name} />;
    if (view === "flows") return <FlowPage key={name} id={name} />;
  }
  const Found = name === undefined && Object.hasOwn(VIEWS, view) ? VIEWS[view] : undefined;
  return Found === undefined ? <Missing /> : <Found />;
}

function Missing() {
  return (
    <>
      <ViewTitle title="Nothing here" />
      <p>
        This address leads nowhere. <Link href={hrefs.overview()}>Go to the overview</Link>
      </p>
    </>
  );
}

function Page() {
  const live = useLiveConnection();
  const address = useHistory();
  const hasTokens = useRef(false);
  if (live.status === "signed-out") {
    hasTokens.current = true;
    return <SignInPage onDone={live.reconnect} />;
  }
  return (
    <LiveProvider value={live}>
      <AddressProvider value={address}>
        <ActionsProvider>
          <AppFrame hasTokens={hasTokens.current}>
            <View address={address} />
          </AppFrame>
        </ActionsProvider>
      </AddressProvider>
    </LiveProvider>
  );
}

const target = document.getElementById("page");
if (target !== null) render(<Page />, target);
