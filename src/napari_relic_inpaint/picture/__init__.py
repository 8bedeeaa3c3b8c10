"""What a picture is: any array as float RGB and back, its hole, and rectangles of it."""
