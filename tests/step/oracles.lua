local t = {}
for i = 1, 40 do t[i] = i * i end
for i = 1, 20 do t["k" .. i] = tostring(i) .. 0.5 end
table.sort(t, function(a, b) return a > b end)
local s = 0
for k, v in pairs(t) do if type(v) == "number" then s = s + v end end
print(s, #t, string.format("%5.2f|%s|%q", 1.5, "abc", "x\ny"), tonumber("0x1p4"), 7 // 2, -7 % 3)
print(pcall(error, "oops"), select("#", 1, nil, 3), ("x"):rep(5, ","))
