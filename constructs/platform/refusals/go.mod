module wbot/refusals

go 1.22
