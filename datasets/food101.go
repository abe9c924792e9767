package datasets

// food101 is Food-101 (Bossard, Guillaumin, Van Gool 2014): 101 dishes, 750 images of each to train, 250 to test.
var food101 = listedSet{
	KindInfo: KindInfo{
		Name:    "food101",
		Summary: "Food-101: 101 dishes, 75,750 images to train and 25,250 to test",
		Tree: "PATH/images/apple_pie/1005649.jpg …\n" +
			"PATH/meta/classes.txt, train.txt, test.txt   lines such as: apple_pie/1005649",
		Example: "food101:/data/food-101",
	},
	folders: []string{"food-101"}, marks: []string{"meta/train.txt"}, classes: 101,
	read: func(l *lister) error {
		if err := l.lines("meta/classes.txt", l.class); err != nil {
			return err
		}
		for list, split := range inOrder("train", SplitTrainVal, "test", SplitTest) {
			if err := l.lines("meta/"+list+".txt", func(name string) error {
				return l.image("images/"+name+".jpg", classFolder(name), split)
			}); err != nil {
				return err
			}
		}
		return nil
	},
}
