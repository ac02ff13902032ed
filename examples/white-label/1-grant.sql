-- Once, as an administrator of the database: a role for your application. It may call the functions, and sees no table.
create role white_label_app login password 'choose another one';
grant usage on schema metering to white_label_app;
