import { Command, InvalidArgumentError } from 'commander'
import { runDemo } from '../demo/run-demo.ts'
import { listAudit, verifyAudit } from './audit.ts'
import { printRun, runBilling } from './billing.ts'
import { printConfig } from './config.ts'
import { createTenant, describeTenant } from './create-tenant.ts'
import { listInvoices, saveInvoicePdf, showInvoice, verifyInvoice } from './invoices.ts'
import { withUserService } from './operator.ts'
import { start } from './start.ts'
import { connectToApi, type TargetOptions } from './target.ts'
import { mentionUnbilledMonths, printUnbilledMonths, printUnbilledPeriods } from './unbilled.ts'
import { listUsageAlerts } from './usage-alerts.ts'
import { importUsage, printImport } from './usage-import.ts'

/** Every command. Those that call the API take `--tenant` and `--url`; the key comes from PURSER_API_KEY. */
export function createProgram(): Command {
  const program = new Command('purser')
    .description('Sell goods, seats and usage: metering, billing and invoices on Postgres alone.')
    .showHelpAfterError('(purser --help tells the commands)')
  program.command('start').description('run the platform until Ctrl-C').action(start)
  program
    .command('config')
    .description('print every setting with its value and origin')
    .action(printConfig)
  withTarget(program.command('demo'))
    .description('import a million real usage events, bill them, show the invoices')
    .action((options: TargetOptions) => runDemo(options))
  addUsage(program)
  addBilling(program)
  addInvoices(program)
  addTenants(program)
  addAudit(program)
  return program
}

function addUsage(program: Command): void {
  const usage = program.command('usage').description('usage events and limits')
  withTarget(usage.command('import'))
    .description('send a file of usage events (.ndjson, .jsonl or .csv, also .gz)')
    .argument('<file>')
    .action(async (file: string, options: TargetOptions) => {
      printImport(await importUsage(await connectToApi(options), file))
    })
  withTarget(usage.command('alerts'))
    .description('list the shares of limits that accounts used up, the latest first')
    .option('--account <id>', 'only those of this account')
    .option('--limit <count>', 'how many', wholeNumber, 20)
    .action(async (options: TargetOptions & { account?: string; limit: number }) => {
      await listUsageAlerts(await connectToApi(options), options)
    })
}

function addBilling(program: Command): void {
  const billing = program.command('billing').description('billing runs')
  withTarget(billing.command('run'))
    .description('bill a month, or finish the run that does')
    .option('--period <month>', 'month such as 2026-02; the last whole month when left out')
    .option('--records <count>', 'send so many synthetic events first', wholeNumber)
    .option('--deadline <seconds>', 'pause after so many seconds', wholeNumber)
    .action(
      async (options: TargetOptions & { period?: string; records?: number; deadline?: number }) => {
        const { period, records, deadline } = options
        const api = await connectToApi(options)
        const run = await runBilling(api, {
          ...(period === undefined ? {} : { period }),
          ...(records === undefined ? {} : { records }),
          ...(deadline === undefined ? {} : { deadlineSeconds: deadline }),
        })
        printRun(run)
        await mentionUnbilledMonths(api, run)
      },
    )
  withTarget(billing.command('unbilled'))
    .description('list the ended months with periods that no run has billed, and what bills them')
    .option('--from <month>', 'first month to look at; 12 months when left out')
    .option('--period <month>', 'list the periods of this month')
    .option('--limit <count>', 'how many of them', wholeNumber, 50)
    .action(async (options: TargetOptions & { from?: string; period?: string; limit: number }) => {
      const { period, limit } = options
      const api = await connectToApi(options)
      if (period === undefined) await printUnbilledMonths(api, options)
      else await printUnbilledPeriods(api, { period, limit })
    })
}

function addInvoices(program: Command): void {
  const invoices = program.command('invoices').alias('invoice').description('invoices')
  withTarget(invoices.command('list'))
    .description('list the newest invoices')
    .option('--account <id>', 'only those of this account')
    .option('--limit <count>', 'how many', wholeNumber, 20)
    .action(async (options: TargetOptions & { account?: string; limit: number }) => {
      await listInvoices(await connectToApi(options), options)
    })
  withTarget(invoices.command('show'))
    .description('show one invoice with its lines')
    .argument('<number>', 'number or id')
    .action(async (name: string, options: TargetOptions) =>
      showInvoice(await connectToApi(options), name),
    )
  withTarget(invoices.command('pdf'))
    .description('write one invoice as a PDF file')
    .argument('<number>', 'number or id')
    .option('-o, --output <file>', 'where to; <number>.pdf when left out')
    .action(async (name: string, options: TargetOptions & { output?: string }) => {
      await saveInvoicePdf(await connectToApi(options), name, options.output ?? `${name}.pdf`)
    })
  withTarget(invoices.command('verify'))
    .description('derive an invoice again from raw events and compare bit for bit')
    .argument('<number>', 'number or id')
    .action(async (name: string, options: TargetOptions) => {
      if (!(await verifyInvoice(await connectToApi(options), name))) process.exitCode = 1
    })
}

function addTenants(program: Command): void {
  const tenants = program.command('tenant').description('tenants, by who operates the platform')
  tenants
    .command('create')
    .description('create a tenant with an owner and an API key; again, finish what was left')
    .argument('<slug>', 'short unchanging name, such as globex')
    .requiredOption('--name <text>', 'legal name, printed on invoices')
    .requiredOption('--time-zone <zone>', 'zone in which its billing periods begin, such as UTC')
    .requiredOption('--owner-email <address>', 'who is invited as its owner')
    .option('--owner-name <text>', 'name of the owner; the address when left out')
    .option('--rotate-key', 'replace the secret of its first API key', false)
    .action(async (tenant: string, options: TenantOptions) => {
      const { ownerEmail, ownerName = ownerEmail, ...rest } = options
      const wanted = { ...rest, tenant, ownerEmail, ownerName }
      const created = await withUserService((user) => createTenant(user, wanted))
      console.log(describeTenant(wanted, created))
    })
}

type TenantOptions = {
  name: string
  timeZone: string
  ownerEmail: string
  ownerName?: string
  rotateKey: boolean
}

function addAudit(program: Command): void {
  const audit = program.command('audit').description('who did what to which object, when')
  withTarget(audit.command('list'))
    .description('list the newest entries of the audit log')
    .option('--actor <id>', 'only what this person, API key or service did')
    .option('--action <action>', 'only this action, such as user.create_role')
    .option('--object <id>', 'only what was done to this object')
    .option('--limit <count>', 'how many', wholeNumber, 20)
    .action(async (options: TargetOptions & Parameters<typeof listAudit>[1]) => {
      await listAudit(await connectToApi(options), options)
    })
  withTarget(audit.command('verify'))
    .description('derive every hash of the audit log again')
    .action(async (options: TargetOptions) => {
      if (!(await verifyAudit(await connectToApi(options)))) process.exitCode = 1
    })
}

function withTarget(command: Command): Command {
  return command
    .option('--tenant <slug>', 'tenant to act in; acme when left out')
    .option('--url <url>', 'where the API is; PURSER_URL or this machine when left out')
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('a whole number is expected')
  return Number(text)
}
