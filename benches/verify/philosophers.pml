/* SEATS philosophers, one meal each: two forks up, two forks down. A fork is a bit, a step is a transition.
 *     -DSEATS=n   -DORDERED   the last one begins with the fork of lower number, and nobody starves
 */
bit taken[SEATS];

#ifdef ORDERED
#define FIRST (_pid == SEATS - 1 -> 0 : _pid)
#define SECOND (_pid == SEATS - 1 -> SEATS - 1 : _pid + 1)
#else
#define FIRST _pid
#define SECOND ((_pid + 1) % SEATS)
#endif

active [SEATS] proctype philosopher()
{
	d_step { !taken[FIRST] -> taken[FIRST] = 1 };
	d_step { !taken[SECOND] -> taken[SECOND] = 1 };
	taken[SECOND] = 0;
	taken[FIRST] = 0;
end:	0
}
