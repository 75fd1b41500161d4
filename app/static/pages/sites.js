// The list of sites: its map, on which a site opens its page; what the filter leaves out is faint.

import { placeMap } from "./map_place.js";
import { given } from "./parts.js";

const found = given("found");
placeMap(() => ({ only: found && new Set(found), onSite: (site) => location.assign(`/lokasi/${site.id}`) }));
