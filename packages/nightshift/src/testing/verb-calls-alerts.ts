import { alerts, jobQueue } from '../platform/index.ts';
import type { VerbCall } from './verb-stage.ts';

/** The functions about alerts and cues. */
export const ALERT_CALLS: Readonly<Record<string, VerbCall>> = {
  'jobQueue.cueThresholds': {
    verb: 'company.open',
    use: (_, { caller }) => jobQueue.cueThresholds(caller),
  },
  'jobQueue.setCueThresholds': {
    verb: 'company.open',
    async use(_, { caller }) {
      await jobQueue.setCueThresholds(caller, null);
      return true;
    },
  },
  'jobQueue.setCompanyCueThresholds': {
    verb: 'cue.setThresholds',
    async use(_, { caller }) {
      await jobQueue.setCompanyCueThresholds(caller, null);
      return true;
    },
  },
  'alerts.list': {
    verb: 'alert.read',
    owned: true,
    async use(stage, at) {
      const no = await stage.alert(at);
      return (await alerts.list(at.caller)).alerts.some((alert) => alert.no === no);
    },
  },
  'alerts.get': {
    verb: 'alert.read',
    owned: true,
    use: async (stage, at) => alerts.get(at.caller, await stage.alert(at)),
  },
  'alerts.markSeen': {
    verb: 'alert.read',
    owned: true,
    async use(stage, at) {
      const no = await stage.alert(at);
      return (await alerts.markSeen(at.caller, { numbers: [no] })) > 0;
    },
  },
};
