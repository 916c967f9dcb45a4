-- SPDX-License-Identifier: MIT
-- Lists of people: in every form they come in, and with everything that can be wrong with them.

local cells = require "signoff.offboard.people.cells"
local core = require "signoff.core"
local people = require "signoff.offboard.people.people"
local signoff = require "signoff"
local site = require "spec.support.site"

local systems = site.systems()

-- A list with the texts of each cell in its place.
local function split(list)
  for _, person in ipairs(list) do
    for name, cell in pairs(person.cells) do
      person.cells[name] = cells.split(cell)
    end
  end
  return list
end

local function read(text, options, mode)
  local path = site.file(text, mode)
  local list, message = people.read(path, systems, options)
  return list and split(list), message and message:gsub(path:gsub("%p", "%%%0"), "LIST")
end

-- Raises unless the list is refused with exactly that.
local function check_refused(wanted, text, options, mode)
  local list, message = read(text, options, mode)
  assert.is_nil(list)
  assert.are.equal(wanted, message)
end

describe("people", function()
  after_each(site.clean)

  describe("in CSV", function()
    it("have a line, and a cell for each system that they are on", function()
      local list = assert(read("person,cisco_em,agvance\nana,SEP1;SEP2,\nben,,user:ben\n"))
      assert.are.equal(2, #list)
      assert.are.same({ person = "ana", line = 2, cells = { cisco_em = { "SEP1", "SEP2" } } }, list[1])
      assert.are.same({ person = "ben", line = 3, cells = { agvance = { "user:ben" } } }, list[2])
      assert.are.same({ person = true, cisco_em = true, agvance = true }, list.columns)
    end)

    it("are read as a spreadsheet wrote them", function()
      local list = assert(read('\239\187\191person,cisco_em,isymphony\r\n"silva, ana","SEP1;\r\nSEP2","Zo\195\171 ""Z"""\r\nben,,ben\r\n'))
      assert.are.same({ person = "silva, ana", line = 2, cells = { cisco_em = { "SEP1", "SEP2" }, isymphony = { 'Zo\195\171 "Z"' } } },
        list[1])
      assert.are.equal(4, list[2].line)
    end)

    it("are read with another delimiter, where one is told", function()
      local list = assert(read('person;cisco_em;isymphony\nana;"SEP1;SEP2";ana\n', { delimiter = ";" }))
      assert.are.same({ cisco_em = { "SEP1", "SEP2" }, isymphony = { "ana" } }, list[1].cells)
    end)

    it("may stand in columns in any order, with blanks around their names", function()
      local list = assert(read(" agvance , person\nK1, ana \n"))
      assert.are.same({ person = "ana", line = 2, cells = { agvance = { "K1" } } }, list[1])
    end)

    it("may have columns that are of no interest", function()
      local list = assert(read("person,manager,cisco_em,jde_ais\nana,eva,SEP1,secret@\n", { ignore = { "manager", "jde_ais" } }))
      assert.are.same({ cisco_em = { "SEP1" } }, list[1].cells)
      assert(read("person,manager,cisco_em\nana,eva,SEP1\n", { ignore = { manager = true } }))
    end)

    it("say what the file is", function()
      local path = site.file "person,cisco_em\nana,SEP1\n"
      local list = people.read(path, systems)
      assert.are.equal(path, list.path)
      assert.are.equal(core.sha256 "person,cisco_em\nana,SEP1\n", list.sha256)
      assert.is_true(list.private)
      assert.is_false(people.read(site.file("person,cisco_em\nana,SEP1\n", "644"), systems).private)
    end)

    it("serve two systems from one column", function()
      local map = site.map()
      map.west = { client = map.cisco_em.client, column = "cisco_em" }
      local both = require("signoff.offboard.systems").check(map)
      local list = split(people.read(site.file "person,cisco_em\nana,user:ana?\n", both))
      assert.are.same({ cisco_em = { "user:ana?" }, west = { "user:ana?" } }, list[1].cells)
    end)
  end)

  describe("in JSON lines", function()
    it("have texts or lists", function()
      local list = assert(read('\n{"person":"ana","cisco_em":"SEP1;SEP2","agvance":null}\n{"cisco_em":["a;b","user:x"],"person":"ben"}\n'))
      assert.are.same({ person = "ana", line = 2, cells = { cisco_em = { "SEP1", "SEP2" } } }, list[1])
      assert.are.same({ person = "ben", line = 3, cells = { cisco_em = { "a;b", "user:x" } } }, list[2])
    end)

    for name, case in pairs {
      ["a line that is none"] = { "LIST:2: is no JSON object; one object stands on each line", '{"person":"a","agvance":"k"}\nana,k\n' },
      ["a list"] = { "LIST:1: is a JSON list; write JSON lines, one object a line", '[{"person":"a"}]' },
      ["an unknown member"] = { "LIST:1: unknown column 'agvanc'; did you mean 'agvance'?, or name it in the option ignore",
        '{"person":"a","agvanc":"k"}\n{"person":"b","agvanc":"k"}\n' },
      ["nobody's name"] = { "LIST:1: names nobody in the column 'person'", '{"agvance":"k"}\n' },
      ["a number for a name"] = { "LIST:1: names nobody in the column 'person'", '{"person":7,"agvance":"k"}\n' },
      ["a number for a cell"] = { "LIST:1: column 'agvance' is a number, where a text or a list must stand", '{"person":"a","agvance":7}\n' },
      ["an object for a cell"] = { "LIST:1: column 'cisco_em' is a table that is no list of targets",
        '{"person":"a","cisco_em":{"device":"SEP1"}}\n' },
    } do
      it("are refused with " .. name, function()
        check_refused(case[1], case[2])
      end)
    end

    it("are refused where a line is cut, and the lines after it are still read", function()
      local _, message = read '{"person":"a","agvance":"k"\n{"person":"","agvance":"k"}\n'
      assert(message:find "^LIST:1: is not valid JSON: [^\n]+\nLIST:2: names nobody", message)
    end)
  end)

  describe("in a list", function()
    it("have texts, secrets, parts, and lists of these", function()
      local token = signoff.secret.new "t"
      local list = split(people.read({
        { person = "ana", cisco_em = "SEP1", oracle_commerce = token }, { person = "ben", jde_ais = { { token = token, device = "PC" }, "u@PC" } },
      }, systems))
      assert.are.same({ cisco_em = { "SEP1" }, oracle_commerce = { token } }, list[1].cells)
      assert.are.same({ { token = token, device = "PC" }, "u@PC" }, list[2].cells.jde_ais)
      assert.is_nil(list.path)
    end)

    it("are refused by their number", function()
      local list, message = people.read({ { person = "ana", agvance = "k" }, { person = "Ana" }, "ben", { person = "x", agvance = 7 } }, systems)
      assert.is_nil(list)
      assert.are.equal("people[2]: 'Ana' stands also at people[1]; one person has one line\n"
        .. "people[3]: is a string, where a table {person =, ...} must stand\n"
        .. "people[4]: column 'agvance' is a number, where a text or a list must stand", message)
    end)

    it("are refused where there is nobody", function()
      assert.are.equal("people: names nobody", select(2, people.read({}, systems)))
    end)
  end)

  describe("are refused with", function()
    local head = "person,cisco_em,isymphony,agvance,oracle_commerce,jde_ais\n"
    local cases = {
      { "an unknown column", "LIST:1: unknown column 'cisco_me'; did you mean 'cisco_em'?, or name it in the option ignore",
        "person,cisco_me\nana,SEP1\n" },
      { "a column nowhere near", "LIST:1: unknown column 'manager'; known are agvance, cisco_em, isymphony, jde_ais, oracle_commerce, "
        .. "person, or name it in the option ignore", "person,manager\nana,eva\n" },
      { "a column without a name", "LIST:1: column 2 has no name", "person,,cisco_em\nana,,SEP1\n" },
      { "a column twice", "LIST:1: two columns are called 'cisco_em'", "person,cisco_em,cisco_em\nana,SEP1,\n" },
      { "no column person", "LIST:1: the first line must name the columns, and none is called 'person'", "name,cisco_em\nana,SEP1\n" },
      { "one that is nearly person", "LIST:1: the first line must name the columns, and none is called 'person'; did you mean 'Persons' to be it?",
        "Persons,cisco_em\nana,SEP1\n" },
      { "a first line that is no head", "LIST:1: the first line must name the columns, and none is called 'person'", "ana,SEP1,t0ken\n" },
      { "no column of a system", "LIST: has no column of a system; known are agvance, cisco_em, isymphony, jde_ais, oracle_commerce, person",
        "person\nana\n" },
      { "the same person twice", "LIST:4: 'ANA' stands also at LIST:2; one person has one line",
        "person,cisco_em\nana,SEP1\nben,SEP2\nANA,SEP3\n" },
      { "nobody in a line", "LIST:3: names nobody in the column 'person'", "person,cisco_em\nana,SEP1\n ,SEP2\n" },
      { "nothing", "LIST: is empty", "" },
      { "blanks", "LIST: is empty", " \r\n\n" },
      { "a byte order mark alone", "LIST: is empty", "\239\187\191" },
      { "delimiters alone", "LIST:1: is empty", ",,\n , \n" },
      { "a head only", "LIST: has a head, but nobody below it", head .. "\n,,,,,\n" },
      { "a ragged row", "LIST:3: the head has 2 columns, and this line has 3; a cell with ',' in it stands in quotes, and a column "
        .. "needs a name\nLIST:4: the head has 2 columns, and this line has 1; write a delimiter for each empty cell as well",
        "person,cisco_em\nana,SEP1\nben,SEP2,x\ncarla\n" },
      { "a quote that never closes", "LIST:3: a quote is never closed", 'person,cisco_em\nana,SEP1\nben,"SEP2\ncarla,SEP3\n' },
      { "Excel's semicolons", "LIST:1: the columns are separated by ';', not ','; say delimiter = \";\" (Excel writes so in some countries; "
        .. "put cells with several targets in quotes)", "person;cisco_em\nana;SEP1\n" },
      { "tabs", "LIST:1: the columns are separated by '\\t', not ','; say delimiter = \"\\t\"", "person\tcisco_em\nana\tSEP1\n" },
      { "a cell that is wrong", "LIST:2: column 'cisco_em', 'SEP1=': no user stands after '='", "person,cisco_em\nana,SEP0;SEP1=\n" },
      { "a token that is wrong, which is not shown", "LIST:2: column 'jde_ais', target 2: no device stands after '@'",
        "person,jde_ais\nana,a@PC;t0ken@\n" },
      { "a phone of two people", "LIST:3: column 'cisco_em', 'sep1': stands also at LIST:2; where phones are shared, user:NAME says whom "
        .. "to sign out", "person,cisco_em\nana,SEP1\nben,sep1\n" },
      { "a phone of one person twice", "LIST:2: column 'cisco_em', 'SEP1=ana': stands twice here; where phones are shared, user:NAME says "
        .. "whom to sign out", "person,cisco_em\nana,SEP1;SEP1=ana\n" },
      { "a token of two people, which is not shown", "LIST:3: column 'oracle_commerce', target 1: stands also at LIST:2",
        "person,oracle_commerce\nana,t0ken\nben,t0ken\n" },
      { "bytes that are no UTF-8", "LIST:3: is not UTF-8 (byte 0xE9); save it as UTF-8 (in Excel: 'CSV UTF-8')",
        "person,isymphony\nZo\195\171,a\nRen\233,b\n" },
      { "an overlong character", "LIST:2: is not UTF-8 (byte 0xC0); save it as UTF-8 (in Excel: 'CSV UTF-8')", "person,isymphony\n\192\175,a\n" },
      { "a surrogate", "LIST:2: is not UTF-8 (byte 0xED); save it as UTF-8 (in Excel: 'CSV UTF-8')", "person,isymphony\n\237\160\128,a\n" },
      { "UTF-16", "LIST: is UTF-16; save it as UTF-8 (in Excel: 'CSV UTF-8')", "\255\254p\0e\0r\0s\0o\0n\0" },
      { "UTF-16 without its mark", "LIST: is UTF-16; save it as UTF-8 (in Excel: 'CSV UTF-8')", "p\0e\0r\0s\0" },
      { "NUL bytes", "LIST:2: holds a NUL byte; this is no text", "person,isymphony\nana,a\0b\n" },
      { "tokens that others can read", "LIST: holds tokens, and others can read it (mode 0640); run: chmod 600 LIST",
        "person,jde_ais\nana,t@PC\n", nil, "640" },
    }
    for _, case in ipairs(cases) do
      it(case[1], function()
        check_refused(case[2], case[3], case[4], case[5])
      end)
    end

    it("more than ten bad lines, of which ten are said", function()
      local _, message = read("person,cisco_em\n" .. ("ana\n"):rep(25))
      assert.are.equal(11, select(2, message:gsub("[^\n]+", "")))
      assert(message:find("LIST:11: the head has 2 columns, and this line has 1; write a delimiter for each empty cell as well\nand 15 more lines like these", 1, true), message)
    end)

    it("control characters, which are not shown", function()
      local _, message = read "person,cisco_em\nana,SEP\27[31m1\n"
      assert(message:find("^LIST:2: column 'cisco_em', 'SEP\\u{1b}%[31m1': .*control character"), message)
    end)

    it("a name in no column's place, however long", function()
      local _, message = read("person," .. ("x"):rep(5000) .. "\nana,b\n")
      assert.is_true(#message < 300)
    end)
  end)

  it("who are known by '?' alone leave nothing to hide", function()
    assert(read("person,jde_ais\nana,?\n", nil, "644"))
  end)

  describe("in a file that is none:", function()
    it("a folder", function()
      local list, message = people.read("spec", systems)
      assert.is_nil(list)
      assert.are.equal("spec: is no regular file but a directory", message)
    end)

    it("nothing at all", function()
      local list, message = people.read("spec/nowhere.csv", systems)
      assert.is_nil(list)
      assert(message:find("^spec/nowhere.csv: "), message)
    end)

    it("1 GB, which is refused at once", function()
      local path = site.file ""
      os.execute(("truncate -s 1G '%s'"):format(path))
      local began = os.clock()
      local list, message = people.read(path, systems)
      assert.is_nil(list)
      assert.are.equal(path .. ": has 1 GiB, and at most 256 MiB are read; split it", message)
      assert.is_true(os.clock() - began < 0.2) -- of work: what it takes to read 1 GB is more
    end)
  end)

  describe("are never read", function()
    for name, case in pairs {
      ["from a number"] = { "people: a path or a list is needed, not number", 7 },
      ["with a delimiter of two characters"] = { "people: option 'delimiter' must be one character", "x", { delimiter = ",," } },
      ["with a letter as delimiter"] = { "people: option 'delimiter' must be one character", "x", { delimiter = "a" } },
      ["with a quote as delimiter"] = { "people: option 'delimiter' must be one character", "x", { delimiter = '"' } },
      ["with a number to ignore"] = { "people: option 'ignore' must be a list of texts, not number", "x", { ignore = 7 } },
      ["with an empty name to ignore"] = { "people: option 'ignore' must be a list of texts, none of them empty", "x", { ignore = { "" } } },
      ["without 'person'"] = { "people: option 'ignore' cannot name 'person'", "x", { ignore = { "person" } } },
    } do
      it(name, function()
        local fine, message = pcall(people.read, case[2], systems, case[3])
        assert.is_false(fine)
        assert(message:find(case[1], 1, true), message)
      end)
    end
  end)

  it("cost by their number, not more", function()
    local function seconds(count)
      local lines = { "person,cisco_em,isymphony" }
      for i = 1, count do
        lines[i + 1] = ("p%d,SEP%d;SEPX%d,p%d"):format(i, i, i, i)
      end
      local path = site.file(table.concat(lines, "\n"))
      collectgarbage()
      local began = os.clock()
      assert(#people.read(path, systems) == count)
      return os.clock() - began
    end
    local few = math.min(seconds(1000), seconds(1000))
    assert.is_true(seconds(10000) < 40 * few + 0.2) -- a cost that grows with the square takes a hundredfold
  end)
end)
