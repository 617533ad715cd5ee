/** report.html: one file with everything inside, to open in a browser. */
import type { Section } from '../experiment.ts';
import type { Results, RunDescription } from '../results/schema.ts';
import { formatMeasured, formatPaper } from './format.ts';

/** What a report shows. */
export interface ReportContents {
  readonly description: string;
  readonly results: Results;
  readonly run: RunDescription;
  readonly notes: readonly string[];
  readonly sections: readonly Section[];
}

/** The report as one HTML document: no script, no reference to another file. */
export function reportDocument({ description, results, run, notes, sections }: ReportContents): string {
  const facts = {
    version: results.version,
    seed: String(results.seed),
    ...Object.fromEntries(Object.entries(results.config).map(([name, value]) => [name, asText(value)])),
    executor: run.executor,
    node: run.node,
    platform: run.platform,
    started: run.startedAt,
    packages: Object.entries(run.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(results.experiment)}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1140px; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .2rem .7rem; border-bottom: 1px solid #ddd; text-align: right; }
th:first-child, td:first-child { text-align: left; }
td { font-variant-numeric: tabular-nums; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0 0 1rem; overflow-x: auto; }
figcaption { color: #555; }
.player1 { color: #0072b2; } .player2 { color: #d55e00; }
</style>
</head>
<body>
<h1>${escapeHtml(results.experiment)}</h1>
<p>${escapeHtml(description)}</p>
${notes.map((note) => `<p>${escapeHtml(note)}</p>`).join('\n')}
<h2>Set-up</h2>
<table>
${Object.entries(facts).map(factRow).join('\n')}
</table>
<h2>Paper beside measured</h2>
<table>
<thead><tr><th>quantity</th><th>paper</th><th>measured ± standard error</th><th>n</th><th>unit</th></tr></thead>
<tbody>
${results.rows.map(resultRow).join('\n')}
</tbody>
</table>
${sections.map(sectionHtml).join('\n')}
</body>
</html>
`;
}

/** Lists and objects as JSON, everything else bare. */
const asText = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value);

const factRow = ([name, value]: [string, string]) =>
  `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`;

const resultRow = (row: Results['rows'][number]) =>
  `<tr><td>${escapeHtml(row.name)}</td><td>${formatPaper(row.paper)}</td><td>${formatMeasured(row)}</td>` +
  `<td>${row.n}</td><td>${escapeHtml(row.unit)}</td></tr>`;

const sectionHtml = ({ title, text, figures }: Section) =>
  `<h2>${escapeHtml(title)}</h2>
<p>${escapeHtml(text)}</p>
<div class="figures">
${figures.map(({ caption, svg }) => `<figure>${svg}<figcaption>${escapeHtml(caption)}</figcaption></figure>`).join('\n')}
</div>`;

/** Text as it may stand between tags and in attributes. */
const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
