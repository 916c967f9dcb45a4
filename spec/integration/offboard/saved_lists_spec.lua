-- SPDX-License-Identifier: MIT
-- Lists as people save them: each is taken as what it says, or refused with line and cure, in the words of the command.

local cells = require "signoff.offboard.people.cells"
local core = require "signoff.core"
local json = require "signoff.json"
local operator = require "spec.support.operator"
local people = require "signoff.offboard.people.people"
local site = require "spec.support.site"
local spreadsheet = require "signoff.offboard.people.spreadsheet"

local MARK = "\239\187\191"
local systems = site.systems()

-- As UTF-16 has ASCII.
local function wide(text, mark, low_first)
  return mark .. (text:gsub(".", low_first and "%0\0" or "\0%0"))
end

local plain = "person,cisco_em,isymphony\r\nana.silva,SEP1;SEP2,ana.silva\r\nben.okafor,SEP3,\r\n"

local function with(delimiter, text)
  return (text:gsub("SEP1;SEP2", '"SEP1;SEP2"'):gsub(",", delimiter))
end

-- The people of all lists below.
local wanted = "ana.silva: SEP1 SEP2 / ana.silva, ben.okafor: SEP3 / "

-- Where it comes from, its bytes, options of the command; what is said where it is refused.
local lists = {
  { "Excel, United States, CSV", plain },
  { "Excel, United States, CSV UTF-8", MARK .. plain },
  { "Excel, Germany, CSV, with the option", with(";", plain), "--delimiter ';'" },
  { "Excel, Germany, CSV, with the option by name", with(";", plain), "--delimiter semicolon" },
  { "Excel, Germany, CSV, without", with(";", plain), nil, "list.csv:1: the columns are separated by ';', not ','; say --delimiter ';'" },
  { "Excel, France, CSV UTF-8 with sep=", MARK .. "sep=;\r\n" .. with(";", plain) },
  { "Excel, sep= in quotes and with empty columns", '"sep=;";;\r\n' .. with(";", plain) },
  { "Excel, SEP= with a comma", "SEP=,\r\n" .. plain },
  { "Excel, sep= with a tab", "sep=\t\r\n" .. with("\t", plain) },
  { "Excel, sep= that an option overrules", "sep=,\r\n" .. with(";", plain), "--delimiter ';'" },
  { "Excel, empty columns at the end", (plain:gsub("\r\n", ",,,\r\n")) },
  { "Excel, empty columns in the lines alone", (plain:gsub("([ab][^\r]*)\r\n", "%1,,\r\n"):gsub("^([^\r]*),,\r", "%1\r")) },
  { "Excel, empty lines at the end", plain .. ",,\r\n,,\r\n" },
  { "Excel, something in a column without a name", "person,cisco_em,,\r\nana.silva,SEP1,,see Eva\r\n", nil,
    "list.csv:2: the head has 2 columns, and this line has 4", "a column needs a name" },
  { "Excel, empty cells at the end left out", "person,cisco_em,isymphony\r\nana.silva,SEP1\r\n", nil,
    "list.csv:2: the head has 3 columns, and this line has 2; write a delimiter for each empty cell as well" },
  { "Excel, Text (tab)", with("\t", plain), "--delimiter tab" },
  { "Excel, Text (tab), written \\t", with("\t", plain), "--delimiter '\\t'" },
  { "Excel, Text (tab), a real tab", with("\t", plain), "--delimiter '\t'" },
  { "Excel, Text (tab), without", with("\t", plain), nil, "list.csv:1: the columns are separated by '\\t', not ','; say --delimiter tab" },
  { "Excel, Unicode Text", wide(with("\t", plain), "\255\254", true), nil, "list.csv: is UTF-16; save it as UTF-8 (in Excel: 'CSV UTF-8')" },
  { "Notepad, Unicode big endian", wide(plain, "\254\255"), nil, "is UTF-16" },
  { "PowerShell, without a mark", wide(plain, "", true), nil, "is UTF-16" },
  { "Excel, Western Europe, cp1252", plain .. "Ren\233,SEP4,\r\n", nil, "list.csv:4: is not UTF-8 (byte 0xE9); save it as UTF-8 (in Excel: 'CSV UTF-8')" },
  { "Excel, Poland, cp1250", plain .. "Ko\179odziej,SEP4,\r\n", nil, "list.csv:4: is not UTF-8 (byte 0xB3)" },
  { "Excel for Mac, old line ends", (plain:gsub("\r\n", "\r")) },
  { "LibreOffice, UTF-8, every text in quotes", (plain:gsub("[^,\r\n]+", '"%0"')) },
  { "LibreOffice, lines that end with LF", (plain:gsub("\r\n", "\n")) },
  { "LibreOffice, another character", with("|", plain), "--delimiter '|'" },
  { "two programs, two byte order marks", MARK .. MARK .. plain },
  { "a workbook", "PK\3\4\20\0\6\0\8\0\0\0!\0", nil, "list.csv: is a workbook (.xlsx, .ods); open it in a spreadsheet and save it as 'CSV UTF-8'" },
  { "an old workbook", "\208\207\17\224\161\177\26\225", nil, "is an old Excel workbook (.xls); open it in a spreadsheet" },
  { "a web page that is called .xls", "<html><table><tr><td>person</td></tr></table></html>", nil, "is HTML or XML", "save it as 'CSV UTF-8'" },
  { "an HR export with a version", "# HRcore 4.2, leavers\r\n" .. plain, nil,
    "list.csv:1: the first line must name the columns, and line 2 does: delete the line above it" },
  { "an HR export with a title and a date", "Leavers,,\r\n2026-11-29,,\r\n\r\n" .. plain, nil, "list.csv:1: ", "line 4 does: delete the lines above it" },
  { "an HR export with a version and semicolons", "HR;4.2\r\n" .. with(";", plain), nil, "line 2 does: delete the line above it",
    "say --delimiter ';'" },
  { "an HR export with other columns", "person,manager,cisco_em\r\nana.silva,eva,SEP1\r\n", nil, "list.csv:1: unknown column 'manager'",
    "or name it with --ignore 'manager'" },
  { "an HR export with other columns, ignored", (plain:gsub("(person),", "%1,manager,"):gsub("(ana%.silva),SEP", "%1,eva,SEP"):gsub("(okafor),", "%1,eva,")),
    "--ignore manager" },
  { "a head in another case", "Person,cisco_em\r\nana.silva,SEP1\r\n", nil, "list.csv:1: ", "did you mean 'Person' to be it?" },
  { "a key that became a number", plain .. "cay,1.23457E+15,\r\n", nil, "list.csv:4: column 'cisco_em'", "is a number that a spreadsheet shortened" },
  { "a key that became a number, in Germany", plain .. 'cay,"1,23457E+15",\r\n', nil, "list.csv:4: column 'cisco_em'", "format the column as text" },
  { "a name that became an error", plain .. "#NAME?,SEP4,\r\n", nil, "list.csv:4: '#NAME?' is a spreadsheet's error" },
  { "a target that became an error", plain .. "cay,#N/A,\r\n", nil, "list.csv:4: column 'cisco_em', '#N/A': is a spreadsheet's error" },
  { "a small number", plain .. "cay,1.5E-07,\r\n", nil, "list.csv:4: column 'cisco_em'", "is a number that a spreadsheet shortened" },
  { "LibreOffice, a column that was too narrow", plain .. "cay,###,\r\n", nil, "list.csv:4: column 'cisco_em', '###': is a cell that was too narrow" },
  { "LibreOffice, an error", plain .. "cay,Err:502,\r\n", nil, "list.csv:4: column 'cisco_em', 'Err:502': is a spreadsheet's error" },
  { "Excel, Spain, an error", plain .. "cay,#\194\161REF!,\r\n", nil, "list.csv:4: ", "is a spreadsheet's error" },
  { "Excel, Italy, an error", plain .. "cay,#N/D,\r\n", nil, "list.csv:4: column 'cisco_em', '#N/D': is a spreadsheet's error" },
  { "a blank before a quote", plain .. 'cay, "SEP4;SEP5",\r\n', nil, "list.csv:4: a blank stands before an opening quote, which is none then; delete the blank" },
  { "copied from a page: a target with a no-break space", plain .. "cay,SEP4\194\160,\r\n", nil, "list.csv:4: column 'cisco_em'",
    "begins or ends with a blank that is no space, or with a character that nobody sees; enter it again" },
  { "copied from a chat: a name with a mark of direction", plain .. "\226\128\170cay\226\128\172,SEP4,\r\n", nil, "list.csv:4: '\\u{202a}cay\\u{202c}'",
    "with a character that nobody sees" },
  { "a name of a no-break space", plain .. "\194\160,SEP4,\r\n", nil, "list.csv:4: ", "a blank that is no space" },
  { "a word that was made large", plain .. "cay,User:cay,\r\n", nil, "list.csv:4: column 'cisco_em'",
    "begins with 'User:'; somebody is named as user:NAME, in small letters" },
  { "several targets of a semicolon file without quotes", (with(";", plain):gsub('"', "")), "--delimiter ';'",
    "list.csv:2: the head has 3 columns, and this line has 4; a cell with ';' in it stands in quotes" },
}

local function said(list)
  local parts = {}
  for i, person in ipairs(list) do
    local em = cells.split(person.cells.cisco_em)
    parts[i] = ("%s: %s / %s"):format(person.person, table.concat(em, " "), person.cells.isymphony or "")
  end
  return table.concat(parts, ", ")
end

describe("a list by", function()
  before_each(operator.fresh)
  after_each(operator.clean)

  for _, list in ipairs(lists) do
    it(list[1], function()
      operator.write("list.csv", list[2])
      local words = "plan list.csv --json " .. (list[3] or "")
      local status, out, err = operator.run(words)
      if not list[4] then
        assert(status == 0, err)
        local found = {}
        for i, item in ipairs(json.decode(out).items) do
          found[i] = ("%s %s"):format(item.person, item.target)
        end
        core.sort(found)
        assert.are.same({ "ana.silva SEP1", "ana.silva SEP2", "ana.silva ana.silva", "ben.okafor SEP3" }, found)
        return
      end
      assert.are.equal(2, status)
      for _, part in ipairs { list[4], list[5] } do
        assert(err:find(part, 1, true), ("no %q in:\n%s"):format(part, err))
      end
      assert.is_nil(err:find("option ignore", 1, true) or err:find("delimiter = ", 1, true))
    end)
  end
end)

describe("the library", function()
  after_each(site.clean)

  for _, delimiter in ipairs { "\t", "tab", "\\t" } do
    it("takes a tab as " .. delimiter, function()
      local list = assert(people.read(site.file(with("\t", plain)), systems, { delimiter = delimiter }))
      assert.are.equal(wanted, said(list))
    end)
  end

  it("knows the lines below sep=", function()
    local list = assert(people.read(site.file("sep=;\r\n" .. with(";", plain)), systems))
    assert.are.same({ 3, 4 }, { list[1].line, list[2].line })
    assert.are.equal(wanted, said(list))
  end)
end)

-- Formulas that a spreadsheet runs.
local formulas = {
  "=1+1", "+49 30 1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A1", " =1", "\t=1", "\r=1", "\n=1", "\239\188\157cmd", "\239\188\139cmd", "\239\188\141cmd",
  "\239\188\160SUM", "\239\185\166cmd", "\239\185\162cmd", "\239\185\163cmd", "\239\185\171SUM",
}
-- Which parts of a text it runs that takes another delimiter, or a line for a row.
local parts = {
  { "ana;=cmd", "ana;'=cmd" }, { "a; +1;b;@x", "a;' +1;b;'@x" }, { "moved\n=cmd", "moved\n'=cmd" }, { "a|-1", "a|'-1" }, { "a\t=1", "a\t'=1" },
  { "=a;=b", "'=a;'=b" }, { "a;\239\188\157b", "a;'\239\188\157b" }, { "a\r\n\r\n@x", "a\r\n\r\n'@x" },
}
local harmless = { "a; b", "a;b=c", "SEP1;SEP2", "one\ntwo", ";", "a;", "", "ana", "a=b", "1+1", "'=1", "ana@example", "\195\169=", "\226\136\1461", "SEP1=ana" }

describe("a formula", function()
  for _, text in ipairs(formulas) do
    it(("is guarded: %q"):format(text), function()
      assert.is_true(spreadsheet.runs(text))
      assert.are.equal("'" .. text, spreadsheet.guarded(text))
      local row = { person = text, system = "cisco_em", action = "logout", target = text, verdict = "failed", evidence = {}, message = text }
      local csv = require("signoff.offboard.report.csv").table { results = { row } }
      assert.are.equal(MARK, csv:sub(1, 3))
      assert.are.equal(3, select(2, csv:gsub("[,\n]\"?'", "")))
    end)
  end
  for _, part in ipairs(parts) do
    it(("is guarded within a text: %q"):format(part[1]), function()
      assert.is_true(spreadsheet.runs(part[1]))
      assert.are.equal(part[2], spreadsheet.guarded(part[1]))
    end)
  end
  for _, text in ipairs(harmless) do
    it(("is not %q"):format(text), function()
      assert.are.equal(text, spreadsheet.guarded(text))
    end)
  end
end)

describe("a plan with names that a spreadsheet would run", function()
  before_each(operator.fresh)
  after_each(operator.clean)

  it("says so, and the list of those who are left keeps them", function()
    operator.write("list.csv", 'person,cisco_em,isymphony\n=cmd,SEP1,\n"@sum",,\nana.silva,-SEP2,\nZo\195\171,?,\n')
    local status, _, err = operator.run "plan list.csv --out plan --json"
    assert(status == 0, err)
    for _, words in ipairs { "warning: =cmd: this name begins like a formula", "warning: @sum: this name", "warning: ana.silva: '-SEP2' on cisco_em" } do
      assert(err:find(words, 1, true), err)
    end
    local shown
    status, shown = operator.run "apply plan --people list.csv"
    assert(status == 0)
    assert(shown:find("!   =cmd: this name begins like a formula; a spreadsheet that opens a list with it (--failed) would run it", 1, true), shown)
    operator.run "apply plan --people list.csv --journal journal --yes --failed left.csv --settle 0.1"
    local left = operator.read "left.csv"
    assert.are.equal(MARK .. "person,", left:sub(1, 10))
    assert(left:find("\n=cmd,", 1, true) and left:find("\n@sum,", 1, true), left)
    assert(operator.run "plan left.csv" == 0)
  end)
end)

describe("how a list was read", function()
  before_each(operator.fresh)
  after_each(operator.clean)

  it("is known to all that read it again", function()
    local text = operator.read "leavers.csv":gsub('([^,\n]*;[^,\n]*)', '"%1"'):gsub(",", "\t"):gsub("person\t", "person\tmanager\t")
    text = text:gsub("\n([^\t\n]+)\t", "\n%1\teva\t")
    operator.write("list.csv", text)
    local function fine(words)
      local status, _, err = operator.run(words)
      assert(status == 0, words .. "\n" .. err)
    end
    fine "plan list.csv --out plan --delimiter tab --ignore manager"
    fine "apply plan --people list.csv --journal journal --yes --failed left.csv"
    fine "resume journal --people list.csv --failed left.csv"
    fine "report journal --people list.csv --failed left.csv"
  end)
end)
