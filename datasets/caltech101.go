package datasets

import "strings"

// caltech101 is the set of Fei-Fei, Fergus and Perona (2004) as published: 102 class folders with BACKGROUND_Google,
// 9,145 files. There are no official splits: the protocol draws them. Every visible file of a class folder is an item,
// whatever its name: BACKGROUND_Google/tmp is a JPEG.
var caltech101 = kind{
	KindInfo: KindInfo{
		Name:    "caltech101",
		Summary: "Caltech-101: a folder a class, 102 with the background; the splits are drawn by the protocol",
		Tree: "PATH/101_ObjectCategories/BACKGROUND_Google/image_0001.jpg …\n" +
			"PATH/101_ObjectCategories/accordion/image_0001.jpg …\n" +
			"… 102 class folders; PATH may also be 101_ObjectCategories itself",
		Example: "caltech101:/data/caltech-101",
	},
	open: func(k KindInfo, path string) (*Set, error) {
		return openCaltech(k, path, caltechTree{
			title:   "Caltech-101",
			folder:  "101_ObjectCategories",
			parents: []string{"caltech-101", "caltech101"},
			classes: Caltech101Classes(),
			isImage: func(string) bool { return true },
		})
	},
}

// Caltech101Classes returns the 102 class folders, background included, in the order of the set. The caller owns the
// slice.
func Caltech101Classes() []string { return strings.Fields(caltech101Names) }

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
