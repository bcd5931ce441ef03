-- Parses, fails to parse, makes garbage, and computes.
local parts = {}
for i = 1, 2000 do
  parts[i] = string.format("local function f%d(a, b) if a > b then return a * %d else return {b, a, 'x%d'} end end", i % 150, i, i)
end
local text = "do " .. table.concat(parts, " end do ") .. " end"
local sum = 0
for round = 1, 60 do
  assert(load(text, "chunk"))
  assert(not load(text .. " (", "bad"))  -- leaves the parser by longjmp
  local list = {}
  for i = 1, 60000 do
    list[i] = {i, tostring(i)}
  end
  for i = 1, 1000000 do
    sum = (sum + i * round) % 1000003
  end
end
print(sum)
