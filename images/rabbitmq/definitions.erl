%% Evaluated in the broker by bus-define: imports the new definitions, and removes what only those before had.
VHost = <<"buswide">>,
User = <<"buswide">>,
Read = fun(Path) ->
  case file:read_file(Path) of
    {ok, Bytes} -> {ok, Decoded} = rabbit_json:try_decode(Bytes), {Bytes, Decoded};
    {error, enoent} -> {<<>>, #{}}
  end
end,
{Body, New} = Read("/var/lib/rabbitmq/definitions.new"),
{_, Old} = Read("/etc/rabbitmq/definitions/20-definitions.json"),
Names = fun(Section, Of) -> [maps:get(<<"name">>, Item) || Item <- maps:get(Section, Of, [])] end,
Gone = fun(Section) -> Names(Section, Old) -- Names(Section, New) end,
ok = rabbit_definitions:import_raw(Body),
%% Who has no account any more is shut out at once: the broker closes his connections.
[rabbit_auth_backend_internal:delete_user(Name, User) || Name <- Gone(<<"users">>)],
[rabbit_policy:delete(VHost, Name, User) || Name <- Gone(<<"policies">>)],
[rabbit_runtime_parameters:clear(VHost, <<"federation-upstream">>, Name, User) || Name <- Gone(<<"parameters">>)],
%% A topic's queue outlasts the servers that declared it. To a federated exchange each message would go on being copied for it,
%% for nobody, and a server that comes back would begin with all of them. Federated queues get nothing that nobody waits for.
Left = case New of
  #{<<"buswide">> := #{<<"topics">> := Topics, <<"served">> := Served}} ->
    [Name || {resource, _, queue, Name} <- [amqqueue:get_name(Queue) || Queue <- rabbit_amqqueue:list(VHost)],
             re:run(Name, Topics, [{capture, none}]) =:= match,
             not lists:member(Name, Served)];
  #{} -> []
end,
%% A queue that somebody consumes from has been taken over. Quorum queues can't be told to go only if nobody does.
[case rabbit_amqqueue:lookup(rabbit_misc:r(VHost, queue, Name)) of
   {ok, Queue} ->
     rabbit_amqqueue:consumers(Queue) =:= [] andalso rabbit_amqqueue:delete(Queue, false, false, User);
   {error, not_found} -> ok
 end || Name <- lists:usort(Gone(<<"queues">>) ++ Left)],
%% A fanout exchange that was kept for servers that are elsewhere now would go on fetching. Those of services stay:
%% the services may run still, which declare them only once.
Kept = [Name || <<"buswide.", _/binary>> = Name <- Gone(<<"exchanges">>),
                binary:longest_common_suffix([Name, <<"_fanout">>]) =:= 7],
[rabbit_exchange:delete(rabbit_misc:r(VHost, exchange, Name), false, User) || Name <- Kept],
ok.
