/* A queue of two places with JOBS tasks and a pill for each of CONSUMERS, a count of what is not yet done, and a queue
 * of results; the producer waits for the count to be 0, takes all results and waits for the consumers to end.
 *     -DCONSUMERS=n   -DJOBS=n
 */
#define PILL 0
#define ALL (JOBS + CONSUMERS)

chan tasks = [2] of { byte };
chan results = [JOBS] of { byte };
byte undone;
byte ended;

active proctype producer()
{
	byte count, got;
	short sum;
	do
	:: d_step { count < ALL && nfull(tasks) ->
		if
		:: count < JOBS -> tasks ! (count + 1)
		:: else -> tasks ! PILL
		fi;
		count++; undone++ }
	:: d_step { count == ALL && undone == 0 -> count = 0 } -> break
	od;
	do
	:: d_step { count < JOBS && nempty(results) -> results ? got; sum = sum + got; got = 0; count++ }
	:: d_step { count == JOBS && ended == CONSUMERS -> assert(sum == JOBS * (JOBS + 1) / 2) } -> break
	od;
end:	0
}

active [CONSUMERS] proctype consumer()
{
	byte task;
	do
	:: tasks ? task ->
		if
		:: d_step { task == PILL -> undone-- }; d_step { ended++ }; break
		:: d_step { task != PILL -> undone-- }; d_step { nfull(results) -> results ! task; task = 0 }
		fi
	od;
end:	0
}
