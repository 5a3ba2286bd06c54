import type { SignatureList, SignatureRow } from "../../api/api-types.ts";
import { useAnswer } from "../data/use-answer.ts";
import { Answer, Plain, Rows, Table, ViewTitle } from "../parts/page-parts.tsx";
import { countText, plainText } from "../parts/text-format.ts";

/** Counts are made of all stored jobs, so they are read less often than other views. */
const READ_EVERY = 10;

/** Which versions of the tasks' parameters wait in the queues: what a deploy has to know. */
export function SignaturesPage() {
  const read = useAnswer<SignatureList>("signatures", READ_EVERY);
  return (
    <>
      <ViewTitle title="Signatures" />
      <p class="muted">
        The signatures that stored jobs were sent with. Old ones need code that still accepts them.
      </p>
      <Answer of={read}>
        {({ signatures, isPartial }) => (
          <Rows of={signatures} nothing="No job is stored.">
            {(rows) => (
              <>
                <SignatureTable rows={rows} />
                {isPartial && <p class="muted">There are more jobs than were read.</p>}
              </>
            )}
          </Rows>
        )}
      </Answer>
    </>
  );
}

function SignatureTable({ rows }: { rows: readonly SignatureRow[] }) {
  return (
    <Table label="Signatures" columns={["Task", "Signature", ["Queue", "wide"], ["Jobs", "number"]]}>
      {rows.map(({ task, signature, queue, count, isCurrent }) => (
        <tr key={JSON.stringify([task, signature, queue])}>
          <th scope="row">
            <Plain text={task} />
          </th>
          <td>
            <code>{plainText(signature)}</code>{" "}
            <span class={isCurrent ? "state good" : "state warn"}>{isCurrent ? "current" : "other"}</span>
          </td>
          <td class="wide">
            <Plain text={queue} />
          </td>
          <td class="number">{countText(count)}</td>
        </tr>
      ))}
    </Table>
  );
}
