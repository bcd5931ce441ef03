-- A second of SQLite under callgrind.
create table item (id integer primary key, owner integer, price real, name text);
insert into item
  with recursive n(i) as (select 1 union all select i + 1 from n where i < 6000)
  select i, i * 7919 % 503, (i * 104729 % 100003) / 100.0, printf('item-%06d-%s', i * 7907 % 1000003, hex(i * 31)) from n;
create index item_owner on item (owner, price);
create index item_name on item (name);
select count(*), sum(price), max(name) from item where owner between 100 and 200;
select owner, count(*), round(avg(price), 2) from item group by owner order by 3 desc limit 5;
select count(*) from item a join item b on b.owner = a.owner and b.price > a.price where a.id % 10 = 0;
select substr(name, 1, 8), count(*) from item where name like '%a1%' group by 1 order by 2 desc, 1 limit 5;
select json_extract('{"a":[1,2,{"b":3}]}', '$.a[2].b'), upper(hex(zeroblob(3))), replace('abcabc', 'b', 'xy');
select id, row_number() over (partition by owner % 7 order by price) from item where id < 40;
create view cheap as select * from item where price < 100;
create trigger gone after delete on item begin update item set price = price + 1 where owner = old.owner; end;
update item set price = price * 1.1 where owner % 3 = 0;
delete from item where id % 40 = 0;
begin;
delete from item;
rollback;
select count(*), round(sum(price), 2) from cheap;
