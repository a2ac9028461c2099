/** Who has what was written down done. */
export interface BulkQueue {
  /**
   * Takes up what nobody works on: one operation, or any. Comes back as soon as it is taken up, not when it is done.
   * @returns whether there was one
   */
  look(operationId?: string | null): Promise<boolean>;
}
