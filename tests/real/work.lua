-- Three seconds of loops, strings, tables and calls, the same every time.
local random = 42
local function draw(n)
  random = (random * 1103515245 + 12345) % 2147483648
  return random // 65536 % n
end

local function sieve(n)
  local composite, count = {}, 0
  for i = 2, n do
    if not composite[i] then
      count = count + 1
      for j = i * i, n, i do composite[j] = true end
    end
  end
  return count
end

local function words(n)
  local seen, parts = {}, {}
  for i = 1, n do
    local word = string.format("%c%c%c", 97 + draw(26), 97 + draw(26), 97 + draw(6))
    seen[word] = (seen[word] or 0) + 1
    if i % 10 == 0 then parts[#parts + 1] = word:upper() end
  end
  local text, hits = table.concat(parts, " "), 0
  for word in text:gmatch("A%a+") do hits = hits + #word end
  return hits
end

local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end

local function sorted(n)
  local points = {}
  for i = 1, n do points[i] = { x = draw(1000), y = i } end
  table.sort(points, function(a, b) return a.x < b.x or (a.x == b.x and a.y < b.y) end)
  return points[n // 2].y
end

for _ = 1, 20 do
  print(sieve(800000), words(120000), fib(25), sorted(40000))
end
