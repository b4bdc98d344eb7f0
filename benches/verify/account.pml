/* Pairs of workers change one balance ROUNDS times, one up and one down, by a read and a write; a process waits for
 * them all. One transition is one step of the graph: counting rounds belongs to the step before.
 *     -DROUNDS=n   -DPAIRS=n (1)   -DLOCKED   each change holds a lock
 */
short balance = 200;
#ifndef PAIRS
#define PAIRS 1
#endif
#define BY (_pid % 2 == 0 -> 1 : -1)
byte running = 2 * PAIRS;
bit held;

active [2 * PAIRS] proctype worker()
{
	byte round;
	short seen;
change:
	if
#ifdef LOCKED
	:: d_step { round < ROUNDS && !held -> held = 1 };
	   seen = balance;
	   d_step { balance = seen + BY; seen = 0 };
	   d_step { held = 0; round++ }; goto change
#else
	:: d_step { round < ROUNDS -> seen = balance };
	   d_step { balance = seen + BY; seen = 0; round++ }; goto change
#endif
	:: d_step { round == ROUNDS -> running--; round = 0 }
	fi;
end:	0
}

active proctype waiter()
{
	running == 0;
end:	0
}
