-- SPDX-License-Identifier: MIT
-- Where a file may stand, and whether it is then trusted: whose it and the folders around it are, who may write to them, and
-- what links lead there. Each row is made by a shell in a folder of root's, which has
--    put FILE [OWNER [MODE]]       the file: of who runs the module, and as private as its kind must be, unless said otherwise
--    folder NAME [OWNER [MODE]]    root's, 755
-- and $me and $other, two users of whom $me runs the module.
-- `path`: what the module is given (`file`). `from`: the folder that it is started in, if the path is relative. `trusted`; or `words`, of
-- the refusal. `roots`: the file is root's, and nobody else can read it where its kind must be private. `mode`: the file's.
-- `link`: the path's last name is a link, which a journal must not be.

local YES = true

local function mode(number, words)
  return { name = "mode " .. number, make = ("put file $me %s"):format(number), mode = tonumber(number, 8), trusted = not words, words = words }
end

local group, everybody = "its group may write to", "everybody may write to"
local theirs = "belongs to user $other, and must belong to"

return {
  { name = "mine", make = "put file", trusted = YES },
  { name = "root's", make = "put file 0", roots = true, trusted = YES },
  { name = "somebody else's", make = "put file $other", words = theirs },
  { name = "somebody else's, for all to read", make = "put file $other 644", mode = 420, words = theirs },

  mode "600", mode "400", mode "700", mode "640", mode "604", mode "644", mode "444", mode "755",
  mode("620", group), mode("660", group), mode("664", group), mode("775", group), mode("602", everybody), mode("606", everybody),
  mode("622", everybody), mode("646", everybody), mode("666", everybody), mode("777", everybody),

  -- The folder around it
  { name = "in root's folder", make = "folder a; put a/file", path = "a/file", trusted = YES },
  { name = "in my folder", make = "folder a $me 700; put a/file", path = "a/file", trusted = YES },
  { name = "root's file in my folder", make = "folder a $me; put a/file 0", path = "a/file", roots = true, trusted = YES },
  { name = "in somebody else's folder", make = "folder a $other; put a/file", path = "a/file", words = theirs },
  { name = "root's in somebody else's folder", make = "folder a $other; put a/file 0 644", mode = 420, path = "a/file", words = theirs },
  { name = "in a folder of mode 775", make = "folder a 0 775; put a/file", path = "a/file", words = group },
  { name = "in a folder of mode 757", make = "folder a 0 757; put a/file", path = "a/file", words = everybody },
  { name = "in a folder of mode 777", make = "folder a 0 777; put a/file", path = "a/file", words = everybody },
  { name = "in my folder of mode 777", make = "folder a $me 777; put a/file", path = "a/file", words = everybody },
  { name = "in a folder of mode 2755", make = "folder a 0 2755; put a/file", path = "a/file", trusted = YES },

  -- Those around that
  { name = "below somebody else's folder", make = "folder a $other; folder a/b; put a/b/file", path = "a/b/file", words = theirs },
  { name = "below a folder of mode 777", make = "folder a 0 777; folder a/b; put a/b/file", path = "a/b/file", words = everybody },
  { name = "below a folder of mode 775", make = "folder a 0 775; folder a/b $me 700; put a/b/file", path = "a/b/file", words = group },
  { name = "far below a folder of mode 777", make = "folder a 0 777; folder a/b; folder a/b/c; put a/b/c/file", path = "a/b/c/file",
    words = everybody },
  { name = "deep in good folders", make = "folder a; folder a/b $me; folder a/b/c; put a/b/c/file", path = "a/b/c/file", trusted = YES },

  -- Sticky folders: others can add names, but not take away those of mine
  { name = "mine in a folder of mode 1777", make = "folder a 0 1777; put a/file", path = "a/file", trusted = YES },
  { name = "root's in a folder of mode 1777", make = "folder a 0 1777; put a/file 0", path = "a/file", roots = true, trusted = YES },
  { name = "mine in a folder of mode 3777", make = "folder a 0 3777; put a/file", path = "a/file", trusted = YES },
  { name = "mine in a folder of mode 1775", make = "folder a 0 1775; put a/file", path = "a/file", trusted = YES },
  { name = "mine in my folder of mode 1777", make = "folder a $me 1777; put a/file", path = "a/file", trusted = YES },
  { name = "somebody else's in a folder of mode 1777", make = "folder a 0 1777; put a/file $other", path = "a/file", words = theirs },
  { name = "mine in somebody else's folder of mode 1777", make = "folder a $other 1777; put a/file", path = "a/file", words = theirs },
  { name = "for all to write in a folder of mode 1777", make = "folder a 0 1777; put a/file $me 606", mode = 390, path = "a/file",
    words = everybody },
  { name = "with a second name in a folder of mode 1777", make = "folder a 0 1777; put a/file; ln a/file a/other", path = "a/file",
    words = "has a second name" },
  { name = "with a second name elsewhere", make = "put file; ln file other", trusted = YES },
  { name = "in my folder in one of mode 1777", make = "folder a 0 1777; folder a/b $me; put a/b/file", path = "a/b/file", trusted = YES },
  { name = "in somebody else's folder in one of mode 1777", make = "folder a 0 1777; folder a/b $other; put a/b/file", path = "a/b/file",
    words = theirs },
  { name = "in a folder of mode 777 in one of mode 1777", make = "folder a 0 1777; folder a/b $me 777; put a/b/file", path = "a/b/file",
    words = everybody },

  -- Links to the file
  { name = "a link", make = "put real; ln -s real file", link = true, trusted = YES },
  { name = "a link to an absolute path", make = "put real; ln -s $PWD/real file", link = true, trusted = YES },
  { name = "a link to a link to a link", make = "put real; ln -s real 1; ln -s ./1 2; ln -s $PWD/2 file", link = true, trusted = YES },
  { name = "a link up and down again", make = "folder a; put a/real; ln -s ../${PWD##*/}/a/real file", link = true, trusted = YES },
  { name = "somebody else's link in root's folder", make = "put real; ln -s real file; chown -h $other file", link = true, trusted = YES },
  { name = "a link to somebody else's file", make = "put real $other; ln -s real file", link = true, words = theirs },
  { name = "a link into a folder of mode 777", make = "folder a 0 777; put a/real; ln -s a/real file", link = true, words = everybody },
  { name = "a link into a folder below one of mode 777", make = "folder a 0 777; folder a/b; put a/b/real; ln -s $PWD/a/b/real file",
    link = true, words = everybody },
  { name = "a link into somebody else's folder", make = "folder a $other; put a/real; ln -s a/real file", link = true, words = theirs },
  { name = "a link in a folder of mode 777", make = "folder a 0 777; put real; ln -s ../real a/file", path = "a/file", link = true,
    words = everybody },
  { name = "a link in somebody else's folder", make = "folder a $other; put real; ln -s $PWD/real a/file", path = "a/file", link = true,
    words = theirs },
  { name = "a link by way of a link in a folder of mode 777", make = "folder a 0 777; put real; ln -s ../real a/way; ln -s a/way file",
    link = true, words = everybody },
  { name = "my link in a folder of mode 1777", make = "folder a 0 1777; put real; ln -s ../real a/file; chown -h $me a/file",
    path = "a/file", link = true, trusted = YES },
  { name = "somebody else's link in a folder of mode 1777", -- which Linux follows only if told to (fs.protected_symlinks)
    make = "folder a 0 1777; put real; ln -s ../real a/file; chown -h $other a/file", path = "a/file", link = true, words = "" },
  { name = "a link to nothing", make = "ln -s nothing file", link = true, words = "there is no such file" },
  { name = "a link to itself", make = "ln -s file file", link = true, words = "is a symbolic link" },

  -- Links to folders
  { name = "a link to its folder", make = "folder a; put a/file; ln -s a way", path = "way/file", trusted = YES },
  { name = "a link to a folder of mode 777", make = "folder a 0 777; put a/file; ln -s a way", path = "way/file", words = everybody },
  { name = "a link to a folder below one of mode 777", make = "folder a 0 777; folder a/b; put a/b/file; ln -s a/b way",
    path = "way/file", words = everybody },
  { name = "a link to somebody else's folder", make = "folder a $other; put a/file; ln -s a way", path = "way/file", words = theirs },
  { name = "a link in a folder of mode 777 to its folder", make = "folder a 0 777; folder b; put b/file; ln -s ../b a/way",
    path = "a/way/file", words = everybody },
  { name = "somebody else's link in a folder of mode 1777 to its folder",
    make = "folder a 0 1777; folder b; put b/file; ln -s ../b a/way; chown -h $other a/way", path = "a/way/file", words = "" },

  -- Spellings
  { name = "dots and slashes", make = "folder a; put a/file", path = ".//a/./../a///file", trusted = YES },
  { name = "a way through a folder of mode 777 and back", make = "folder a 0 777; put file", path = "a/../file", words = everybody },
  { name = "a relative path", make = "folder a; put a/file", from = "a", trusted = YES },
  { name = "a relative path up", make = "folder a; put file", from = "a", path = "../file", trusted = YES },
  { name = "a relative path below a folder of mode 777", make = "folder a 0 777; folder a/b; put a/b/file", from = "a/b",
    words = everybody },
  { name = "a relative path in a folder of mode 777", make = "folder a 0 777; put a/file", from = "a", words = everybody },
  { name = "a relative path in somebody else's folder", make = "folder a $other; put a/file", from = "a", words = theirs },
  { name = "a relative path out of a folder of mode 777", make = "folder a 0 777; put file", from = "a", path = "../file",
    words = everybody },

  -- No files
  { name = "nothing", make = ":", words = "there is no such file" },
  { name = "a folder", make = "folder file $me 700", words = "is a folder", other_words = "a directory" },
  { name = "a pipe", make = "mkfifo file; chown $me file; chmod 600 file", words = "is no regular file", other_words = "a pipe" },
  { name = "a device", make = ":", path = "/dev/zero", words = "is no regular file", other_words = "a device" },
}
