// The page of a plan: its map, which follows the board.

import { placeMap } from "./map_place.js";
import { given } from "./parts.js";

const map = placeMap(() => ({ visits: given("visits"), trips: given("trips") }));
document.addEventListener("board:changed", () => map.redraw(given("visits"), given("trips")));
