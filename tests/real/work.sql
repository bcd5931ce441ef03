-- Three seconds of inserts, an index, and selects in memory, the same every time.
create table item (id integer primary key, owner integer, price real, name text);
insert into item
  with recursive n(i) as (select 1 union all select i + 1 from n where i < 750000)
  select i, i * 7919 % 5003, (i * 104729 % 100003) / 100.0, printf('item-%06d-%s', i * 7907 % 1000003, hex(i * 31)) from n;
create index item_owner on item (owner, price);
create index item_name on item (name);
select count(*), sum(price), max(name) from item where owner between 100 and 2000;
select owner, count(*), round(avg(price), 2) from item group by owner order by 3 desc limit 5;
select count(*) from item a join item b on b.owner = a.owner and b.price > a.price where a.id % 100 = 0;
select substr(name, 1, 8), count(*) from item where name like '%a1%' group by 1 order by 2 desc, 1 limit 5;
update item set price = price * 1.1 where owner % 3 = 0;
delete from item where id % 4 = 0;
select count(*), round(sum(price), 2) from item;
