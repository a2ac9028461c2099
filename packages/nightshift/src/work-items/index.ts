export type { ChunkOptions } from './chunk-options.ts';
export type { ItemCounts } from './chunk-tally.ts';
export { type CallContext, type ExternalCall, externalCall, type LookedUp } from './external-call.ts';
export {
  type BodySignature,
  type Intake,
  type IntakeDefinition,
  type IntakeRequest,
  type IntakeResult,
  intake,
  signedBody,
} from './intake.ts';
export type { ItemsOrName } from './item-access.ts';
export {
  assignItems,
  type ChangedItems,
  editPayload,
  type ItemSelection,
  itemRefusal,
  resolveItems,
  retryItems,
  settleCall,
  skipItems,
} from './item-changes.ts';
export type { ColumnType, ItemColumn } from './item-columns.ts';
export {
  type ErrorGroup,
  errorGroups,
  getItem,
  type ItemCall,
  type ItemDetails,
  type ItemError,
  type ItemFilter,
  type ListedItem,
  listItems,
} from './item-lists.ts';
export type { ItemAnswer, ItemHandler } from './item-run.ts';
export { historyOfItem, type ItemDeed, type ItemTable, itemTables } from './item-tables.ts';
export {
  itemsMigrations,
  partitionLabel,
  partitionMigration,
  partitionMigrationNamed,
} from './items-tables.sql.ts';
export { type ProcessAllOptions, processAll } from './process-all.ts';
export { type ChunkResult, processChunk } from './process-chunk.ts';
export { type Rows, type StageResult, stage } from './stage.ts';
export type { RejectedRow } from './staged-row.ts';
export { WORK_ITEM_STATUSES, type WorkItem, type WorkItemStatus } from './work-item.ts';
export { type ItemsApart, WORK_ITEMS, type WorkItemService } from './work-item-service.ts';
export { CALL_STATEMENTS } from './work-items.sql.ts';
export {
  type AnyWorkItems,
  checkWorkItems,
  type ItemVersion,
  type WorkItems,
  type WorkItemsDefinition,
  workItems,
} from './work-items.ts';
