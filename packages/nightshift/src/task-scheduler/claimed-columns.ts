/**
 * What a claim returns of a task. Nearly all tasks have nothing but what stands here first: each column more is a text that
 * PostgreSQL writes and we read, ten thousand times a second. `more` is null for them.
 */
export const CLAIMED_COLUMNS = `id, lane, user_no, codeunit, correlation_id, timeout_ms::integer as timeout_ms, date_part('epoch', due) as due_seconds,
    case when failure_codeunit is not null or record is not null or attempt > 0 or losses > 0
        or suspect > 0 or failing or last_error is not null or language is not null or time_zone is not null
        or record_table is not null
      then json_build_object('failure_codeunit', failure_codeunit, 'failing', failing, 'record', record, 'record_table',
        record_table, 'attempt', attempt, 'losses', losses, 'suspect', suspect, 'last_error', last_error,
        'language', language, 'time_zone', time_zone)
    end as more`;
