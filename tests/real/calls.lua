-- Calls of many kinds on little data, so that instructions take the same time wherever they are called from. The number
-- of rounds is the argument; 900 take about three seconds.
local random = 42
local function draw(n)
  random = (random * 1103515245 + 12345) % 2147483648
  return random // 65536 % n
end

local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end

local function sorted(n)
  local numbers = {}
  for i = 1, n do numbers[i] = draw(1000) end
  table.sort(numbers)
  return numbers[n // 2]
end

local function text(n)
  local parts = {}
  for i = 1, n do parts[i] = string.format("%d:%s", i, ("ab"):rep(i % 7)) end
  return (table.concat(parts, " "):gsub("a+b", string.upper))
end

for _ = 1, tonumber(arg[1]) do
  local size = 0
  for _ = 1, 60 do size = size + sorted(100) + #text(60) end
  print(size, fib(19))
end
