/** Migration 0001: the setup, what people have decided, and the business tables that staged rows are turned into. */
export const ORDER_SYNC_0001 = `
-- Currencies we keep books in. An order in another one fails with UNKNOWN_CURRENCY until a row is added here, or somebody decides
-- that such orders are imported too.
create table currency (
  code        text     primary key check (code ~ '^[A-Z]{3}$'),
  minor_units smallint not null check (minor_units between 0 and 4),
  -- False: it came with an order, and nobody has looked at it yet.
  is_confirmed boolean not null default true
);
insert into currency (code, minor_units) values
  ('AUD', 2), ('CAD', 2), ('CHF', 2), ('CZK', 2), ('DKK', 2), ('EUR', 2), ('GBP', 2), ('HUF', 2), ('JPY', 0),
  ('NOK', 2), ('PLN', 2), ('SEK', 2), ('USD', 2);

-- One shop a company, so one row.
create table shop_setup (
  id                      boolean       primary key default true check (id),
  url                     text          not null,
  consumer_key            text          not null,
  consumer_secret         text          not null,
  page_size               integer       not null default 100 check (page_size between 1 and 100),
  overlap_seconds         integer       not null default 300 check (overlap_seconds between 0 and 86400),
  request_timeout_seconds integer       not null default 30 check (request_timeout_seconds between 1 and 600),
  rounding_tolerance      numeric(19,4) not null default 0 check (rounding_tolerance >= 0),
  -- Null: nothing is shipped.
  carrier_url             text,
  carrier_timeout_ms      integer       not null default 10000 check (carrier_timeout_ms between 1 and 600000)
);

-- How far a collection of the shop was read; moves with each staged page, so an interrupted run goes on from there.
create table shop_watermark (
  resource    text        primary key check (resource in ('orders', 'items')),
  modified_at timestamptz not null,
  updated_at  timestamptz not null default now()
);

-- What people have decided about the import, who and when. The last answer counts.
create table import_decision (
  id         bigint      generated always as identity primary key,
  question   text        not null check (question in ('unknown-currency')),
  answer     boolean     not null,
  decided_by text        not null,
  decided_at timestamptz not null default now()
);
create index import_decision_question on import_decision (question, id);

create table customer (
  id         bigint      generated always as identity primary key,
  -- shop:<id> for an account, guest:<e-mail> for a guest, order:<id> for a guest without an e-mail address.
  reference  text        not null unique,
  email      text        not null,
  name       text        not null,
  company    text        not null,
  address_1  text        not null,
  address_2  text        not null,
  postcode   text        not null,
  city       text        not null,
  country    text        not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table item (
  id          bigint        generated always as identity primary key,
  external_id text          not null unique,
  sku         text          not null unique check (sku <> ''),
  description text          not null,
  -- In the shop's base currency; null when the shop states none.
  unit_price  numeric(19,4),
  created_at  timestamptz   not null default now(),
  updated_at  timestamptz   not null default now()
);

create table sales_order (
  id              bigint        generated always as identity primary key,
  external_id     text          not null unique,
  -- The shop's own second key of an order: the proof that no order became two.
  order_key       text          not null,
  order_number    text          not null,
  customer_id     bigint        not null references customer (id),
  status          text          not null check (status in ('Open', 'Cancelled')),
  shop_status     text          not null,
  currency        text          not null references currency (code),
  ordered_at      timestamptz   not null,
  lines_subtotal  numeric(19,4) not null,
  discount_total  numeric(19,4) not null,
  shipping_total  numeric(19,4) not null,
  fee_total       numeric(19,4) not null,
  tax_total       numeric(19,4) not null,
  -- What the shop's rounding adds; zero unless it keeps line amounts finer than the cent.
  rounding_amount numeric(19,4) not null,
  total           numeric(19,4) not null,
  -- Of the shipment at the carrier; null: it was not sent.
  tracking_no     text          unique,
  created_at      timestamptz   not null default now(),
  updated_at      timestamptz   not null default now(),
  check (total = lines_subtotal - discount_total + shipping_total + fee_total + tax_total + rounding_amount)
);
create index sales_order_customer on sales_order (customer_id, id);

create table sales_order_line (
  sales_order_id bigint        not null references sales_order (id) on delete cascade,
  line_no        integer       not null,
  item_id        bigint        not null references item (id),
  description    text          not null,
  quantity       numeric(19,4) not null check (quantity >= 0),
  subtotal       numeric(19,4) not null,
  total          numeric(19,4) not null,
  tax            numeric(19,4) not null,
  primary key (sales_order_id, line_no)
);
create index sales_order_line_item on sales_order_line (item_id, sales_order_id);

-- What each customer has bought, recalculated at night.
create table customer_sales (
  customer_id     bigint        not null references customer (id),
  currency        text          not null references currency (code),
  orders          integer       not null,
  total           numeric(19,4) not null,
  last_ordered_at timestamptz   not null,
  primary key (customer_id, currency)
);
`;
