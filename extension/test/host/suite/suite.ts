/** All in-host tests, in the order in which they run. */

import "./auto";
import "./catalog";
import "./editing";
import "./trouble";
