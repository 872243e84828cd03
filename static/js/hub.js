// The entry: the one module of every page. Each import upgrades markup that already works without it.
import './elements/theme.js';
import './elements/clock.js';
import './elements/connection.js';
import './elements/room.js';
import './elements/board.js';
import './elements/report.js';
import './elements/reach.js';
