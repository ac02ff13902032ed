import type { InboxMail } from '@purser/contracts/notification/v1/notification'
import { type Html, html } from './html.ts'
import { receivedAt } from './inbox-json.ts'

const style = `
  :root { color-scheme: light dark; --line: #d9dde3; --quiet: #667085; --accent: #1d4ed8; }
  @media (prefers-color-scheme: dark) { :root { --line: #333a44; --quiet: #98a2b3; --accent: #8ab4ff; } }
  body { margin: 0 auto; max-width: 60rem; padding: 2rem 1rem;
    font: 15px/1.5 -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; }
  h1 { font-size: 1.4rem; margin: 0 0 .25rem; }
  p.quiet, dt, time { color: var(--quiet); }
  a { color: var(--accent); }
  table { border-collapse: collapse; width: 100%; margin-top: 1rem; }
  th, td { text-align: left; padding: .6rem .5rem; border-bottom: 1px solid var(--line); vertical-align: top; }
  td.time { white-space: nowrap; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
  dd { margin: 0; overflow-wrap: anywhere; }
  iframe { width: 100%; height: 38rem; border: 1px solid var(--line); border-radius: 8px; background: #fff; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: 8px; padding: 1rem; }
  summary { cursor: pointer; margin: 1rem 0 .5rem; }
`

/** The page that lists what arrived, newest first; it looks again every five seconds. */
export function inboxPage(mails: readonly InboxMail[]): string {
  const empty = html`<p>No mail yet. It appears here as soon as something sends one.</p>`
  const rows = mails.map(
    (mail) => html`<tr>
<td><a href="/dev/inbox/${mail.mailId}">${mail.subject === '' ? '(no subject)' : mail.subject}</a></td>
<td>${mail.envelopeTo.join(', ')}</td>
<td>${mail.from}</td>
<td class="time"><time>${receivedAt(mail)}</time></td>
</tr>`,
  )
  const table = html`<table>
<thead><tr><th>Subject</th><th>To</th><th>From</th><th>Received</th></tr></thead>
<tbody>${rows}</tbody>
</table>`
  return page(
    'Inbox',
    html`<meta http-equiv="refresh" content="5">`,
    html`<h1>Inbox</h1>
<p class="quiet">Mails that the built-in mail server took. Nothing left this machine; a restart empties it.</p>
${mails.length === 0 ? empty : table}`,
  )
}

/** The page of one mail. Its HTML is in a frame that runs no scripts, its links open beside it. */
export function mailPage(mail: InboxMail): string {
  const frame = html`<iframe title="HTML of the mail" src="/dev/inbox/${mail.mailId}/html"
  sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer"></iframe>`
  return page(
    mail.subject,
    html``,
    html`<p><a href="/dev/inbox">Inbox</a></p>
<h1>${mail.subject === '' ? '(no subject)' : mail.subject}</h1>
<dl>
<dt>From</dt><dd>${mail.from}</dd>
<dt>To</dt><dd>${mail.to}</dd>
<dt>Envelope</dt><dd>${mail.envelopeFrom} → ${mail.envelopeTo.join(', ')}</dd>
<dt>Received</dt><dd><time>${receivedAt(mail)}</time></dd>
</dl>
${mail.html === '' ? html`` : frame}
<details ${mail.html === '' ? 'open' : ''}><summary>Plain text</summary><pre>${mail.text}</pre></details>
<details><summary>Source</summary><pre>${mail.source}</pre></details>`,
  )
}

function page(title: string, head: Html, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Purser</title>
${head}
<style>${{ markup: style }}</style>
</head>
<body>
${body}
</body>
</html>
`.markup
}
