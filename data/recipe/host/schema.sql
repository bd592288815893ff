create role app login;
create role reports login;
create role dba login superuser;
create database shop owner app;
\connect shop
create table customers (id serial primary key, name text, email text, city text);
create table orders (id serial primary key, customer int references customers, item text, cents int, at timestamptz default now());
insert into customers (name, email, city)
  select 'customer ' || n, 'c' || n || '@mail.example', (array['Lyon', 'Porto', 'Gdansk', 'Turku'])[1 + n % 4]
  from generate_series(1, 400) n;
insert into orders (customer, item, cents)
  select 1 + n % 400, (array['tea', 'lamp', 'rope', 'paper', 'soap'])[1 + n % 5], 100 + (n * 37) % 9000
  from generate_series(1, 3000) n;
alter table customers owner to app;
alter table orders owner to app;
grant select on customers, orders to reports;
