--- The systems, in the order in which they are asked whether a path is theirs. A further system is one file and one row.
return {
  require "systems.cisco_em",
  require "systems.isymphony",
  require "systems.agvance",
  require "systems.oracle_commerce",
  require "systems.jde_ais",
}
