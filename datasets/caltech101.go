package datasets

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// caltech101 is the set of Fei-Fei, Fergus and Perona (2004) as published:
// 102 class folders with BACKGROUND_Google, 9,145 files. There are no official
// splits: the protocol draws them. Every visible file of a class folder is an
// item, whatever its name: BACKGROUND_Google/tmp is a JPEG.
var caltech101 = kind{
	KindInfo: KindInfo{
		Name:    "caltech101",
		Summary: "Caltech-101: a folder a class, 102 with the background; the splits are drawn by the protocol",
		Tree: "PATH/101_ObjectCategories/BACKGROUND_Google/image_0001.jpg …\n" +
			"PATH/101_ObjectCategories/accordion/image_0001.jpg …\n" +
			"… 102 class folders; PATH may also be 101_ObjectCategories itself",
		Example: "caltech101:/data/caltech-101",
	},
	open: openCaltech101,
}

// caltech101Folder is the folder of the class folders as it was published.
const caltech101Folder = "101_ObjectCategories"

func openCaltech101(k KindInfo, path string) (*Set, error) {
	root, err := caltech101Root(k, path)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, fmt.Errorf("data set %s:%s: list the class folders: %w", k.Name, path, err)
	}
	s := &Set{Kind: k.Name, Root: root}
	for _, e := range entries { // ReadDir sorts by name
		switch t := typeOf(root, e); {
		case isHidden(e.Name()):
			s.skip(SkipHidden, e.Name())
		case t == entryDir:
			if err := s.addCaltechClass(e.Name()); err != nil {
				return nil, fmt.Errorf("data set %s:%s: %w", k.Name, path, err)
			}
		default:
			s.skip(SkipStray, e.Name())
		}
	}
	if len(s.Items) == 0 {
		return nil, layoutError(k, root, "the class folders hold no files", "was the archive unpacked to the end?")
	}
	s.noteCaltechClasses()
	return s, nil
}

// addCaltechClass appends the files of one class folder.
func (s *Set) addCaltechClass(name string) error {
	dir := filepath.Join(s.Root, name)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list class folder: %w", err)
	}
	class := Escape(name)
	labels := []string{class}
	before := len(s.Items)
	for _, e := range entries {
		rel := name + "/" + e.Name()
		switch t := typeOf(dir, e); {
		case isHidden(e.Name()):
			s.skip(SkipHidden, rel)
		case t == entryDir:
			s.skip(SkipNested, rel)
		case t == entrySpecial:
			s.skip(SkipSpecial, rel)
		default:
			s.Items = append(s.Items, Item{
				ID:     Escape(rel),
				At:     Location{Path: filepath.Join(dir, e.Name())},
				Labels: labels,
			})
		}
	}
	if len(s.Items) == before {
		s.skip(SkipEmpty, name)
		return nil
	}
	s.Classes = append(s.Classes, class)
	return nil
}

// caltech101Root finds the folder of the class folders at or below path.
func caltech101Root(k KindInfo, path string) (string, error) {
	entries, err := openRoot(k, path)
	if err != nil {
		return "", err
	}
	for _, parents := range [][]string{{}, {"caltech-101"}, {"caltech101"}} {
		if dir := descend(path, append(parents, caltech101Folder)...); dir != "" {
			return dir, nil
		}
	}
	known := caltechNames()
	for _, e := range entries {
		if known[e.Name()] && typeOf(path, e) == entryDir {
			return filepath.Clean(path), nil
		}
	}
	hint := "give the folder that holds " + caltech101Folder + ", or open class folders of another set as folder:" + path
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), caltech101Folder+".t") {
			hint = fmt.Sprintf("unpack it first: tar -xf %s -C %s", filepath.Join(path, e.Name()), path)
		}
	}
	if known[filepath.Base(path)] {
		hint = "this is one of the class folders: give the folder above it"
	}
	return "", layoutError(k, path, "no "+caltech101Folder+" and no class folder of Caltech-101 here: "+contents(entries), hint)
}

// noteCaltechClasses remarks on classes that are absent or added: the score
// of the protocol is a mean over the 102.
func (s *Set) noteCaltechClasses() {
	known := caltechNames()
	have := make(map[string]bool)
	var extra, absent []string
	for _, c := range s.Classes {
		have[c] = true
		if !known[c] {
			extra = append(extra, c)
		}
	}
	for _, c := range Caltech101Classes() {
		if !have[c] {
			absent = append(absent, c)
		}
	}
	if len(absent) > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("of the 102 classes of Caltech-101 there are %d here; absent: %s",
			len(have)-len(extra), some("folder", absent)))
	}
	if len(extra) > 0 {
		s.Notes = append(s.Notes, "not of Caltech-101, but taken as classes: "+some("folder", extra))
	}
}

// Caltech101Classes returns the 102 class folders, background included, in
// the order of the set. The caller owns the slice.
func Caltech101Classes() []string { return strings.Fields(caltech101Names) }

func caltechNames() map[string]bool {
	m := make(map[string]bool)
	for _, c := range Caltech101Classes() {
		m[c] = true
	}
	return m
}

const caltech101Names = `
BACKGROUND_Google Faces Faces_easy Leopards Motorbikes accordion airplanes anchor ant barrel bass
beaver binocular bonsai brain brontosaurus buddha butterfly camera cannon car_side ceiling_fan
cellphone chair chandelier cougar_body cougar_face crab crayfish crocodile crocodile_head cup
dalmatian dollar_bill dolphin dragonfly electric_guitar elephant emu euphonium ewer ferry flamingo
flamingo_head garfield gerenuk gramophone grand_piano hawksbill headphone hedgehog helicopter
ibis inline_skate joshua_tree kangaroo ketch lamp laptop llama lobster lotus mandolin mayfly
menorah metronome minaret nautilus octopus okapi pagoda panda pigeon pizza platypus pyramid
revolver rhino rooster saxophone schooner scissors scorpion sea_horse snoopy soccer_ball stapler
starfish stegosaurus stop_sign strawberry sunflower tick trilobite umbrella watch water_lilly
wheelchair wild_cat windsor_chair wrench yin_yang
`
