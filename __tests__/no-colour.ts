// Texts are tested as they are without colour, whatever terminal or CI the tests run on, and in the project's folder.
process.env["NO_COLOR"] = "1";
delete process.env["CI"];
delete process.env["INIT_CWD"];
