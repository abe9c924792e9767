package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"fc7/scale/scene"
)

// cluster is a private Slurm of several nodes on this machine, all of it below one folder.
type cluster struct {
	s       *scene.Scene
	name    string
	dir     string
	nodes   []string
	daemons map[string]*exec.Cmd // munged, slurmctld, and the slurmd of each node by its name
}

// programs are those that a cluster is made of.
var programs = []string{"munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "sinfo", "scancel"}

// cgroups is where memory is held to its limit; without it Slurm looks once a second what jobs have.
const cgroups = "/sys/fs/cgroup/memory"

const config = `ClusterName=%[1]s
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=%[3]d
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# short, or a job that is queued again waits for two minutes
AuthInfo=socket=%[2]s/munge.sock,cred_expire=5
CredType=cred/munge
StateSaveLocation=%[2]s/state
SlurmdSpoolDir=%[2]s/spool/%%n
SlurmctldPidFile=%[2]s/slurmctld.pid
SlurmdPidFile=%[2]s/slurmd.%%n.pid
SlurmctldLogFile=%[2]s/slurmctld.log
SlurmdLogFile=%[2]s/slurmd.%%n.log
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
AccountingStorageType=accounting_storage/none
ReturnToService=2
SlurmdTimeout=10
SlurmctldTimeout=10
MessageTimeout=10
KillWait=3
MinJobAge=3600
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=1,sched_min_interval=0
JobRequeue=1
%[4]sNodeName=%[5]s NodeHostname=localhost NodeAddr=127.0.0.1 Port=%[6]s CPUs=2 RealMemory=4000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`

// newCluster starts one, and waits until all nodes are there.
func newCluster(s *scene.Scene, nodes int) *cluster {
	c := &cluster{s: s, name: "fc7x" + strings.ToLower(rand.Text()[:8]), dir: s.Path("slurm"), daemons: map[string]*exec.Cmd{}}
	for _, dir := range []string{"spool", "state"} {
		s.Must(os.MkdirAll(filepath.Join(c.dir, dir), 0o700))
	}
	s.Must(os.Chmod(s.Dir, 0o755)) // munged wants to be reached by all
	s.Must(os.Chmod(c.dir, 0o755))
	key := make([]byte, 1024)
	_, _ = rand.Read(key)
	s.Must(os.WriteFile(filepath.Join(c.dir, "munge.key"), key, 0o400))
	var ports []string
	base := freePorts(s, nodes+1)
	for i := range nodes {
		c.nodes = append(c.nodes, fmt.Sprintf("%sn%d", c.name, i+1))
		ports = append(ports, fmt.Sprint(base+1+i))
	}
	memory := "ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nJobAcctGatherParams=OverMemoryKill\n"
	if f, err := os.MkdirTemp(cgroups, c.name); err == nil {
		s.Must(os.Remove(f))
		memory = "ProctrackType=proctrack/cgroup\nTaskPlugin=task/cgroup\n"
		text := "CgroupPlugin=cgroup/v1\nCgroupMountpoint=/sys/fs/cgroup\nConstrainRAMSpace=yes\nConstrainSwapSpace=no\nConstrainCores=no\n"
		s.Must(os.WriteFile(filepath.Join(c.dir, "cgroup.conf"), []byte(text), 0o644))
	}
	text := fmt.Sprintf(config, c.name, c.dir, base, memory, c.name+"n[1-"+fmt.Sprint(nodes)+"]", "["+strings.Join(ports, ",")+"]")
	s.Must(os.WriteFile(c.conf(), []byte(text), 0o644))
	socket := filepath.Join(c.dir, "munge.sock")
	c.start("munged", "munged", "--foreground", "--key-file="+filepath.Join(c.dir, "munge.key"), "--socket="+socket,
		"--pid-file="+filepath.Join(c.dir, "munged.pid"), "--log-file="+filepath.Join(c.dir, "munged.log"), "--seed-file="+filepath.Join(c.dir, "munged.seed"), "--force")
	s.Await("munged", 20*time.Second, func() bool { _, err := os.Stat(socket); return err == nil })
	c.start("slurmctld", "slurmctld", "-D", "-c", "-f", c.conf())
	for _, n := range c.nodes {
		c.start(n, "slurmd", "-D", "-N", n, "-f", c.conf())
	}
	s.Await("the nodes", time.Minute, func() bool { return strings.Count(c.ask("sinfo", "-h", "-N", "-o", "%T"), "idle") == nodes })
	return c
}

func (c *cluster) conf() string { return filepath.Join(c.dir, "slurm.conf") }

// start starts a daemon, which ends with this program at the latest.
func (c *cluster) start(as string, words ...string) {
	d := exec.Command(words[0], words[1:]...)
	d.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	d.Env = append(os.Environ(), "SLURM_CONF="+c.conf())
	c.s.Must(d.Start())
	c.daemons[as] = d
}

// command is a program of the cluster.
func (c *cluster) command(words ...string) *exec.Cmd {
	p := exec.Command(words[0], words[1:]...)
	p.Env, p.Dir = append(os.Environ(), append(c.s.Env, "SLURM_CONF="+c.conf())...), c.s.Dir
	return p
}

// ask is what a program of the cluster says; "" where it cannot.
func (c *cluster) ask(words ...string) string {
	out, _ := c.command(words...).Output()
	return strings.TrimSpace(string(out))
}

// kill ends a node as a power cut would: its daemon, and whatever it started.
func (c *cluster) kill(node string) {
	d := c.daemons[node]
	delete(c.daemons, node)
	c.s.Must(d.Process.Kill())
	c.killJobs("SLURMD_NODENAME=" + node)
	_ = d.Wait() // it was killed
}

// killJobs ends the processes of jobs that have a variable, and the daemons that watch over them first.
func (c *cluster) killJobs(variable string) {
	jobs := c.processes(variable)
	for _, p := range jobs {
		if up := parent(p); strings.HasPrefix(arguments(up), "slurmstepd:") {
			_ = syscall.Kill(up, syscall.SIGKILL)
		}
	}
	for _, p := range jobs {
		_ = syscall.Kill(p, syscall.SIGKILL) // it may have ended
	}
}

// partition keeps a node from talking, or lets it talk again. What runs there runs on.
func (c *cluster) partition(node string, silent bool) {
	sig := syscall.SIGCONT
	if silent {
		sig = syscall.SIGSTOP
	}
	c.s.Must(c.daemons[node].Process.Signal(sig))
}

// stop ends all that the cluster is, and what of its jobs is left.
func (c *cluster) stop() {
	c.killJobs("SLURM_CLUSTER_NAME=" + c.name)
	for _, d := range c.daemons {
		_ = d.Process.Kill()
		_ = d.Wait()
	}
	c.killJobs("SLURM_CLUSTER_NAME=" + c.name)
	dirs, _ := filepath.Glob("/sys/fs/cgroup/*/slurm_" + c.name + "*")
	for _, dir := range dirs {
		removeGroups(dir)
	}
}

// removeGroups removes control groups, the deepest first.
func removeGroups(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if e.IsDir() {
			removeGroups(filepath.Join(dir, e.Name()))
		}
	}
	for range 20 { // one whose last process has just ended is still busy
		if syscall.Rmdir(dir) == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}
