package evaluation

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"fc7/extract"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/internal/fixture"
)

// inTeams calls work with one, two and three teams, and makes sure that the last two are told of, once.
func inTeams[T any](t *testing.T, work func(teams int, ev conveyor.Events) T) {
	t.Helper()
	var want T
	for n := 1; n <= 3; n++ {
		told := 0
		got := work(n, conveyor.Events{Note: func(s string) {
			if strings.Contains(s, fmt.Sprintf("3 threads work as %d teams", n)) {
				told++
			}
		}})
		if n == 1 {
			want = got
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d teams: %+v, one %+v", n, got, want)
		}
		if told != min(1, n-1) {
			t.Errorf("%d teams: told of %d times", n, told)
		}
	}
}

// TestClassifyTeams: answers do not depend on the teams, in one pass or several.
func TestClassifyTeams(t *testing.T) {
	var files []string
	for i := range 7 {
		files = append(files, filepath.Join(t.TempDir(), fmt.Sprintf("%d.png", i)))
		fixture.WriteFile(t, files[i], madeImage(t, i%3))
	}
	for _, views := range [][]extract.ViewMode{{extract.ViewsCentre}, {extract.ViewsCentre, extract.ViewsDense}} {
		inTeams(t, func(teams int, ev conveyor.Events) (all []Classified) {
			j := ClassifyJob{
				Weights: []string{goldenNet}, Classes: wnidList(t), Inputs: files, Testing: Testing{Views: views}, Top: 4, Threads: 3, teams: teams,
			}
			if err := Classify(t.Context(), j, func(c Classified) error { all = append(all, c); return nil }, ev); err != nil {
				t.Fatal(err)
			}
			return all
		})
	}
}

// TestEvaluateTeams: nor do the tables of posteriors.
func TestEvaluateTeams(t *testing.T) {
	set := goldenImageNet(t, readGoldenEvaluation(t))
	inTeams(t, func(teams int, ev conveyor.Events) map[string][]byte {
		j := evaluateJob(t, set, extract.ViewsCentre)
		j.Threads, j.teams = 3, teams
		e, err := Evaluate(t.Context(), j, ev)
		if err != nil {
			t.Fatal(err)
		}
		return fixture.TableBytes(t, e.Tables[0])
	})
}
