package mpi

import (
	"os"
	"strings"
	"testing"
)

// What Slurm 22.05's srun sets, as far as it tells of processes: the second of two, by each --mpi.
const (
	srunNone = "SLURM_JOB_ID=3 SLURM_JOBID=3 SLURM_NODELIST=node SLURM_STEP_NODELIST=node SLURM_NTASKS=2 SLURM_NPROCS=2 " +
		"SLURM_TASKS_PER_NODE=2 SLURM_NNODES=1 SLURM_NODEID=0 SLURM_GTIDS=0,1 " +
		"SLURM_STEP_ID=0 SLURM_STEPID=0 SLURM_STEP_NUM_NODES=1 SLURM_STEP_NUM_TASKS=2 SLURM_STEP_TASKS_PER_NODE=2 SLURM_PROCID=1 SLURM_LOCALID=1 "
	srunPMI2 = srunNone + "SLURM_MPI_TYPE=pmi2 PMI_FD=13 PMI_JOBID=3.0 PMI_RANK=1 PMI_SIZE=2"
	srunPMIx = srunNone + "SLURM_MPI_TYPE=pmix SLURM_PMIX_MAPPING_SERV=(vector,(0,1,2)) PMIX_RANK=1 PMIX_NAMESPACE=slurm.pmix.3.0 PMIX_VERSION=4.2.2rc2"
)

// setLauncher has the environment tell of the launcher of these variables, and of no other.
func setLauncher(t *testing.T, env string) {
	for _, l := range launchers {
		for _, name := range append([]string{l.rank, l.size, l.local}, l.also...) {
			if name != "" {
				t.Setenv(name, "")
				os.Unsetenv(name)
			}
		}
	}
	for _, assignment := range strings.Fields(env) {
		name, value, _ := strings.Cut(assignment, "=")
		t.Setenv(name, value)
	}
}

// TestLaunched: the environment tells by whom, and what is not complete tells nothing.
func TestLaunched(t *testing.T) {
	for _, test := range []struct {
		env        string
		by         string
		rank, size int
		ok         bool
	}{
		{env: ""},
		{"OMPI_COMM_WORLD_RANK=2 OMPI_COMM_WORLD_SIZE=4 PMIX_RANK=2", "mpirun", 2, 4, true},
		{"PMI_RANK=0 PMI_SIZE=1 MPI_LOCALRANKID=0", "mpiexec", 0, 1, true},
		{"PMI_RANK=1 PMI_SIZE=8 MPI_LOCALRANKID=1 SLURM_PROCID=0 SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=2", "mpiexec", 1, 8, true},
		{"PMI_RANK=1 PMI_SIZE=8 SLURM_PROCID=0 SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=1", "srun", 1, 8, true},
		{"PMI_RANK=1 PMI_SIZE=8", "a launcher with PMI", 1, 8, true},
		{srunNone, "srun", 1, 2, true},
		{srunPMI2, "srun", 1, 2, true},
		{srunPMIx, "srun", 1, 2, true},
		{"SLURM_PROCID=3 SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=5 PMIX_RANK=3", "srun", 3, 5, true},
		{env: "SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=1"}, // a batch script
		{"PMIX_RANK=1", "a launcher with PMIx", 1, 0, true},
		{env: "PMI_RANK=x PMI_SIZE=2"},
		{env: "OMPI_COMM_WORLD_RANK=1"},
	} {
		setLauncher(t, test.env)
		by, rank, size, ok := Launched()
		if by != test.by || rank != test.rank || size != test.size || ok != test.ok {
			t.Errorf("%s: %q, %d, %d, %v", test.env, by, rank, size, ok)
		}
	}
}

// TestCandidates: the launcher's kind is looked for first, the other kind last, and none is left out.
func TestCandidates(t *testing.T) {
	for kind, want := range map[kind]struct{ first, last string }{
		openMPI: {"libmpi.so.40", "/usr/lib64/mpich/lib/libmpi.so.12"},
		mpich:   {"libmpich.so.12", "/usr/lib64/openmpi/lib/libmpi.so.40"},
		"":      {"libmpi.so.40", "/usr/lib64/mpich/lib/libmpi.so.12"},
	} {
		list := candidates("linux", kind)
		if list[0] != want.first || list[len(list)-1] != want.last || len(list) != len(names["linux"]) {
			t.Errorf("%q: %v", kind, list)
		}
	}
}

func TestShortVersion(t *testing.T) {
	for text, want := range map[string]string{
		"Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4, repo rev: v4.1.4": "Open MPI 4.1.4",
		"MPICH Version:      4.0.2\nMPICH Release date: Thu Apr 7":                 "MPICH 4.0.2",
		"Intel(R) MPI Library 2021.9 for Linux* OS\n":                              "Intel(R) MPI Library 2021.9",
		"MVAPICH2 Version      :\t2.3.7\nMVAPICH2 Release date":                    "MVAPICH2 2.3.7",
		"something  else\nmore":                                                    "something else",
		"":                                                                         "",
	} {
		if got := shortVersion(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestFirstHere: the launcher's variable says so; without one, a process may be.
func TestFirstHere(t *testing.T) {
	for launcher, name := range map[string]string{
		"OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_SIZE=4": "OMPI_COMM_WORLD_LOCAL_RANK",
		srunNone: "SLURM_LOCALID", srunPMI2: "SLURM_LOCALID", srunPMIx: "SLURM_LOCALID",
	} {
		for local, want := range map[string]bool{"": true, "0": true, "1": false} {
			setLauncher(t, launcher)
			t.Setenv(name, local)
			if got := FirstHere(); got != want {
				t.Errorf("%s %s=%s: %v", launcher, name, local, got)
			}
		}
	}
}
