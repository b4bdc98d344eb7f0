"""The cases of this folder on Python's multiprocessing (fork): python.py CASE [ARGUMENTS]."""
import multiprocessing
import resource
import sys
import time

mp = multiprocessing.get_context("fork")
clock = time.perf_counter_ns


def result(metric, value, unit):
    print(f"RESULT {metric} {value:.6f} {unit}")


def run(*bodies):
    """The bodies as one process each: nanoseconds from the moment all are ready until the last is done."""
    gate, stamps = mp.Barrier(len(bodies)), mp.Array("Q", 2 * len(bodies), lock=False)

    def live(at, body):
        gate.wait()
        stamps[2 * at] = clock()
        body()
        stamps[2 * at + 1] = clock()

    processes = [mp.Process(target=live, args=pair) for pair in enumerate(bodies)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    return max(stamps[1::2]) - min(stamps[0::2])


def queue(size, count):
    items = mp.Queue()

    def put():
        item = bytes(size)
        for n in range(count):
            items.put(n if size <= 8 else item)

    def get():
        for _ in range(count):
            items.get()

    ns = run(put, get)
    result("msgs", count * 1e9 / ns, "1/s")
    result("bytes", count * size / ns, "GB/s")


def joinable(putters, takers, count):
    items, gate, each = mp.JoinableQueue(), mp.Barrier(putters + takers + 1), count // putters

    def put():
        gate.wait()
        for n in range(each):
            items.put(n)

    def get():
        gate.wait()
        while items.get() is not None:
            items.task_done()

    putting = [mp.Process(target=put) for _ in range(putters)]
    taking = [mp.Process(target=get) for _ in range(takers)]
    for process in putting + taking:
        process.start()
    gate.wait()
    begin = clock()
    for process in putting:
        process.join()
    items.join()
    ns = clock() - begin
    for _ in taking:
        items.put(None)
    for process in taking:
        process.join()
    result("items", each * putters * 1e9 / ns, "1/s")


def pipe(size, count):
    reader, writer = mp.Pipe(duplex=False)

    def send():
        message = bytes(size)
        for _ in range(count):
            writer.send_bytes(message)

    def recv():
        for _ in range(count):
            reader.recv_bytes()

    ns = run(send, recv)
    result("msgs", count * 1e9 / ns, "1/s")
    result("bytes", count * size / ns, "GB/s")


def rtt(count):
    a, b = mp.Pipe()

    def ask():
        for _ in range(count):
            a.send_bytes(b"x")
            a.recv_bytes()

    def answer():
        for _ in range(count):
            b.send_bytes(b.recv_bytes())

    result("rtt", run(ask, answer) / count, "ns")


def lock(processes, count):
    counter = mp.Value("q", 0)

    def body():
        for _ in range(count // processes):
            with counter.get_lock():
                counter.value += 1

    ns = run(*[body] * processes)
    result("ops", counter.value * 1e9 / ns, "1/s")


def barrier(processes, count):
    meeting = mp.Barrier(processes)

    def body():
        for _ in range(count):
            meeting.wait()

    result("cycles", count * 1e9 / run(*[body] * processes), "1/s")


def event(count, idle_us):
    called, answered = mp.Event(), mp.Event()
    stamp, latencies = mp.Value("Q", 0, lock=False), mp.Array("Q", count, lock=False)

    def waiter():
        for n in range(count):
            called.wait()
            latencies[n] = clock() - stamp.value
            called.clear()
            answered.set()

    def setter():
        for _ in range(count):
            time.sleep(idle_us / 1e6)
            stamp.value = clock()
            called.set()
            answered.wait()
            answered.clear()

    run(waiter, setter)
    result("p50", sorted(latencies)[count // 2] / 1e3, "us")


def nothing():
    pass


def procs(count, times):
    begin = clock()
    for _ in range(times):
        processes = [mp.Process(target=nothing) for _ in range(count)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
    result("per_process", (clock() - begin) / 1e3 / count / times, "us")


def faults(count):
    def seen():
        return sum(resource.getrusage(who).ru_minflt for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))

    before = seen()
    processes = [mp.Process(target=nothing) for _ in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    result("faults_per_process", (seen() - before) / count, "")


def memory(count):
    up, go = mp.Semaphore(0), mp.Event()

    def wait():
        up.release()
        go.wait()

    processes = [mp.Process(target=wait) for _ in range(count)]
    for process in processes:
        process.start()
    for _ in processes:
        up.acquire()
    time.sleep(0.2)
    kib = 0
    for process in processes:
        with open(f"/proc/{process.pid}/smaps_rollup") as rollup:
            kib += next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
    go.set()
    for process in processes:
        process.join()
    result("pss_per_process", kib / count, "KiB")


def cube(x):
    return x * x * x


def pool(count, workers, chunk):
    begin = clock()
    with mp.Pool(workers) as crew:
        crew.map(cube, range(workers * 4), 1)
        start = clock()
        cubes = crew.map(cube, range(count), chunk or None)
        mapped = clock() - start
        crew.close()
        crew.join()
    assert cubes[-1] == (count - 1) ** 3
    result("map", mapped / 1e6, "ms")
    result("with_start_and_join", (clock() - begin) / 1e6, "ms")


def consumer(consumers, tasks, work_ms):
    todo, done = mp.JoinableQueue(), mp.Queue()

    def body():
        while True:
            task = todo.get()
            if task is None:
                todo.task_done()
                return
            time.sleep(work_ms / 1e3)
            done.put(f"{task} * {task} = {task * task}")
            todo.task_done()

    processes = [mp.Process(target=body) for _ in range(consumers)]
    for process in processes:
        process.start()
    for task in range(tasks):
        todo.put(task)
    for _ in processes:
        todo.put(None)
    todo.join()
    for _ in range(tasks):
        done.get()
    for process in processes:
        process.join()


def hello():
    process = mp.Process(target=print, args=("hello",))
    process.start()
    process.join()


def launch(count):
    import subprocess

    running = [subprocess.Popen(["/bin/true"]) for _ in range(count)]
    assert all(process.wait() == 0 for process in running)


globals()[sys.argv[1]](*map(int, sys.argv[2:]))
