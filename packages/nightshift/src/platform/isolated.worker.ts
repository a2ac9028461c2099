import { serveThread } from '../session/index.ts';
import { contentsOf } from './isolated-services.ts';

// A thread that runs isolated codeunits.

serveThread(contentsOf);
