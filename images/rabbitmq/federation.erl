%% Evaluated in the broker by bus-federate: imports the new federation, and removes what only the one before had.
VHost = <<"buswide">>,
User = <<"buswide">>,
Read = fun(Path) ->
  case file:read_file(Path) of
    {ok, Bytes} -> {ok, Decoded} = rabbit_json:try_decode(Bytes), {Bytes, Decoded};
    {error, enoent} -> {<<>>, #{}}
  end
end,
{Body, New} = Read("/var/lib/rabbitmq/federation.new"),
{_, Old} = Read("/etc/rabbitmq/definitions/20-federation.json"),
Names = fun(Section, Of) -> [maps:get(<<"name">>, Item) || Item <- maps:get(Section, Of, [])] end,
Gone = fun(Section) -> Names(Section, Old) -- Names(Section, New) end,
ok = rabbit_definitions:import_raw(Body),
[rabbit_policy:delete(VHost, Name, User) || Name <- Gone(<<"policies">>)],
[rabbit_runtime_parameters:clear(VHost, <<"federation-upstream">>, Name, User) || Name <- Gone(<<"parameters">>)],
%% A queue made in advance that a server has taken over since is the server's.
[case rabbit_amqqueue:lookup(rabbit_misc:r(VHost, queue, Name)) of
   {ok, Queue} -> rabbit_amqqueue:delete(Queue, true, false, User);
   {error, not_found} -> ok
 end || Name <- Gone(<<"queues">>)],
%% A fanout exchange that was kept for servers that are elsewhere now would go on fetching.
Kept = [Name || Name <- Gone(<<"exchanges">>), binary:longest_common_suffix([Name, <<"_fanout">>]) =:= 7],
[rabbit_exchange:delete(rabbit_misc:r(VHost, exchange, Name), false, User) || Name <- Kept],
ok.
