import { followFilters } from './filters.ts';
import { followKeys } from './keys.ts';
import { followEvents } from './events.ts';
import { keepTimes } from './times.ts';
import { createPageLoader } from './load-page.ts';

/** The browser's part: a page that is read already becomes live, and quicker to use. */
document.documentElement.classList.add('live');
const loader = createPageLoader();
followFilters(loader);
followKeys();
followEvents(loader);
keepTimes();
