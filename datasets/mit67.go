package datasets

// mit67 is MIT's Indoor Scene Recognition (Quattoni, Torralba 2009): 67 classes, about 80 images of each to train and
// 20 to test. Some of its files are named as JPEG and are none.
var mit67 = listedSet{
	KindInfo: KindInfo{
		Name:    "mit67",
		Summary: "MIT-67, indoor scenes: 5,360 images to train and 1,340 to test",
		Tree: "PATH/Images/airport_inside/airport_inside_0001.jpg …\n" +
			"PATH/TrainImages.txt, TestImages.txt   lines such as: gameroom/bt_132294gameroom2.jpg",
		Example: "mit67:/data/indoorCVPR_09",
	},
	folders: []string{"indoorCVPR_09", "mit67", "indoor67"}, marks: []string{"TrainImages.txt"}, classes: 67,
	read: func(l *lister) error {
		for list, split := range inOrder("TrainImages.txt", SplitTrainVal, "TestImages.txt", SplitTest) {
			if err := l.inFolders(list, "Images/", split); err != nil {
				return err
			}
		}
		return l.sorted()
	},
}
