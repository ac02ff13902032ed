import { Command, InvalidArgumentError } from 'commander'
import { runDemo } from '../demo/run-demo.ts'
import { printRun, runBilling } from './billing.ts'
import { printConfig } from './config.ts'
import { listInvoices, saveInvoicePdf, showInvoice, verifyInvoice } from './invoices.ts'
import { start } from './start.ts'
import { connectToApi, type TargetOptions } from './target.ts'
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
  return program
}

function addUsage(program: Command): void {
  const usage = program.command('usage').description('usage events')
  withTarget(usage.command('import'))
    .description('send a file of usage events (.ndjson, .jsonl or .csv, also .gz)')
    .argument('<file>')
    .action(async (file: string, options: TargetOptions) => {
      printImport(await importUsage(await connectToApi(options), file))
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
        printRun(
          await runBilling(await connectToApi(options), {
            ...(period === undefined ? {} : { period }),
            ...(records === undefined ? {} : { records }),
            ...(deadline === undefined ? {} : { deadlineSeconds: deadline }),
          }),
        )
      },
    )
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

function withTarget(command: Command): Command {
  return command
    .option('--tenant <slug>', 'tenant to act in; acme when left out')
    .option('--url <url>', 'where the API is; PURSER_URL or this machine when left out')
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('a whole number is expected')
  return Number(text)
}
