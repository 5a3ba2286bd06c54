import type { FlowDetail, FlowGraph, FlowNode } from "../../api/api-types.ts";
import { limitOf, partOf } from "../data/request.ts";
import { useAnswer } from "../data/use-answer.ts";
import { hrefs, Link } from "../frame/router.tsx";
import {
  Answer,
  JobLink,
  LimitNote,
  Nothing,
  Plain,
  Section,
  Table,
  ViewTitle,
} from "../parts/page-parts.tsx";
import { StateLabel, stateText, stateTone } from "../parts/state-label.tsx";
import { plainText } from "../parts/text-format.ts";

/** Sizes of the drawing, in its own units, which are pixels at full size. */
const BOX = { width: 168, height: 52, gapX: 56, gapY: 16, margin: 8 };

/** Characters of a name that fit into a box. */
const SHOWN_CHARACTERS = 22;

/** The jobs of a flow: as a graph, and as a table for those who do not see it. */
export function FlowPage({ id }: { id: string }) {
  const read = useAnswer<FlowDetail>(`flows/${encodeURIComponent(id)}`);
  return (
    <>
      <ViewTitle title="Flow" />
      <p class="id">
        <Plain text={id} />
      </p>
      <Answer of={read}>
        {({ flow }) => {
          const limit = limitOf(flow);
          const graph = partOf(flow);
          if (limit !== undefined) return <LimitNote limit={limit} />;
          if (!graph || graph.nodes.length === 0)
            return <Nothing>No job of a flow with this id is known.</Nothing>;
          return (
            <>
              <Graph graph={graph} />
              {graph.hidden !== null && <LimitNote limit={graph.hidden} />}
              <Section title="Jobs">
                <NodeTable nodes={graph.nodes} />
              </Section>
            </>
          );
        }}
      </Answer>
    </>
  );
}

interface Position {
  readonly x: number;
  readonly y: number;
}

/** Steps are columns; the jobs of a step stand below each other. */
function positionsOf(nodes: readonly FlowNode[]): ReadonlyMap<string, Position> {
  const rows = new Map<number, number>();
  const columns = [...new Set(nodes.map(({ step }) => step))].sort((a, b) => a - b);
  return new Map(
    nodes.map(({ id, step }) => {
      const row = rows.get(step) ?? 0;
      rows.set(step, row + 1);
      const x = BOX.margin + columns.indexOf(step) * (BOX.width + BOX.gapX);
      return [id, { x, y: BOX.margin + row * (BOX.height + BOX.gapY) }];
    }),
  );
}

function Graph({ graph }: { graph: FlowGraph }) {
  const positions = positionsOf(graph.nodes);
  const all = [...positions.values()];
  const width = Math.max(...all.map(({ x }) => x)) + BOX.width + BOX.margin;
  const height = Math.max(...all.map(({ y }) => y)) + BOX.height + BOX.margin;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section class="flow" aria-label="Graph of the flow" tabIndex={0}>
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
        <title>Graph of the flow</title>
        {graph.edges.map(([from, to]) => (
          <Edge key={`${from} ${to}`} from={positions.get(from)} to={positions.get(to)} />
        ))}
        {graph.nodes.map((node) => (
          <NodeBox key={node.id} node={node} at={positions.get(node.id) ?? { x: 0, y: 0 }} />
        ))}
      </svg>
    </section>
  );
}

function Edge({ from, to }: { from: Position | undefined; to: Position | undefined }) {
  if (from === undefined || to === undefined) return null;
  const [startX, startY] = [from.x + BOX.width, from.y + BOX.height / 2];
  const [endX, endY] = [to.x, to.y + BOX.height / 2];
  const middle = (startX + endX) / 2;
  return (
    <path class="edge" d={`M${startX} ${startY} C${middle} ${startY} ${middle} ${endY} ${endX} ${endY}`} />
  );
}

function NodeBox({ node, at }: { node: FlowNode; at: Position }) {
  const name = plainText(node.task);
  const shown = name.length > SHOWN_CHARACTERS ? `${name.slice(0, SHOWN_CHARACTERS - 1)}…` : name;
  return (
    <Link href={hrefs.job(node.id)} class={`node ${stateTone(node.state)} ${node.state}`}>
      <rect x={at.x} y={at.y} width={BOX.width} height={BOX.height} rx="8" />
      <text x={at.x + 14} y={at.y + 22} class="node-name">
        {shown}
      </text>
      <text x={at.x + 14} y={at.y + 39} class="node-state">
        {stateText(node.state)}
      </text>
    </Link>
  );
}

function NodeTable({ nodes }: { nodes: readonly FlowNode[] }) {
  return (
    <Table label="Jobs of the flow" columns={[["Step", "number"], "Task", "State", "Id"]}>
      {nodes.map(({ id, task, state, step }) => (
        <tr key={id}>
          <td class="number">{step + 1}</td>
          <td class="strong">
            <Plain text={task} />
          </td>
          <td>
            <StateLabel state={state} />
          </td>
          <td>
            <JobLink id={id} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
