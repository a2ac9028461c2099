import type { ReportOutputType } from '../../data/reports.ts';

/** What reports can yield. */
export const OUTPUT_TYPES: Readonly<Record<ReportOutputType | 'None', string>> = {
  PDF: 'PDF',
  XLSX: 'Excel (XLSX)',
  CSV: 'CSV',
  HTML: 'HTML',
  None: 'None (only runs)',
};

/** What reports, and the dialog that runs one, say. */
export const TEXTS = {
  list: 'Reports',
  noun: 'report',
  name: (report: string) => `report ${report}`,
  columns: {
    name: 'Report',
    description: 'Description',
    asks: 'Asks for',
    outputTypes: 'Yields',
    tables: 'Tables',
    isolation: 'Runs in',
    actions: 'What to do',
  },
  isolations: {
    main: 'the server instance',
    thread: 'a thread of its own',
    process: 'a process of its own',
  },
  asksNothing: 'Nothing',
  asksAnything: 'Data, as JSON',
  run: 'Run now',
  schedule: 'Schedule',
  runOf: (report: string) => `Run now: ${report}`,
  scheduleOf: (report: string) => `Schedule: ${report}`,
  inbox: 'Report inbox',
  empty: 'This application has no report',
  emptyText:
    'A report is business code that yields a document: PDF, Excel, CSV or HTML. Applications declare them with report().',
  dialog: {
    title: (report: string) => `Run ${report}`,
    inCompany: (company: string) => `In company ${company}, now, in the background, as you.`,
    outputType: 'Report output type',
    outputHelp: 'What kind of document comes into your report inbox.',
    run: 'Run now',
    cancel: 'Cancel',
    started: (report: string) => `${report} is running`,
    willCome: 'Its document comes into your report inbox when it ends.',
    onlyRuns: 'It yields no document.',
    open: 'Open the report inbox',
  },
} as const;
