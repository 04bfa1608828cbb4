// Texts are tested as they are without colour, whatever terminal the tests run on.
process.env["NO_COLOR"] = "1";
